//! Costs of advertising, as the shipped mapping `ad-costs` imports them: a sum for each day and campaign.

use wayside_model::{Event, Value};

use crate::calendar::Calendar;
use crate::chance::Chance;
use crate::journal::{Journal, money, text};
use crate::person::CAMPAIGN_SHARE;
use crate::plan::{DAY_MS, Plan};
use crate::shop::{FLASH, ORIGINS, Origin};

/// The costs of every day. The visits that they pay are those that are expected; the people who came are a draw from them.
pub(crate) fn events(plan: &Plan, calendar: &Calendar, source: u64) -> Vec<Event> {
    let mut journal = Journal::new(source);
    let identity = journal.add_identity(Chance::new(plan.seed(), u64::MAX).bits(), "ad-costs");
    let busy: f64 = (0..plan.days() as usize).map(|day| calendar.weight(day)).sum();
    let shares: f64 = ORIGINS.iter().map(|origin| origin.share).sum();
    let campaign = calendar.campaign_days();
    for day in 0..plan.days() as usize {
        let time = plan.begin() + day as i64 * DAY_MS;
        let people = f64::from(plan.customers()) * (1.0 - CAMPAIGN_SHARE) * calendar.weight(day) / busy;
        for origin in ORIGINS.iter().filter(|origin| origin.click_cents > 0) {
            note(&mut journal, identity, time, origin, people * origin.share / shares);
        }
        if campaign.contains(&day) {
            let clicks = f64::from(plan.customers()) * CAMPAIGN_SHARE / campaign.len() as f64;
            note(&mut journal, identity, time, &FLASH, clicks);
        }
    }
    journal.into_events(plan.end())
}

fn note(journal: &mut Journal, identity: usize, time: i64, origin: &Origin, clicks: f64) {
    let cents = (clicks * origin.click_cents as f64) as i64;
    journal.note_named(
        time,
        identity,
        "ad_cost",
        vec![
            ("currency", text("EUR")),
            ("value", money(cents)),
            ("props", props(origin, clicks)),
        ],
    );
}

fn props(origin: &Origin, clicks: f64) -> Value {
    Value::map([
        ("source", text(origin.source)),
        ("medium", text(origin.medium)),
        ("campaign", text(origin.campaign)),
        ("clicks", Value::Int(clicks as i64)),
    ])
}
