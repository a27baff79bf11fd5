//! How often the intervals hold the truth, over many simulated shops.
//!
//! `WAYSIDE_COVERAGE_SHOPS=1000 cargo test -p wayside-analyzer --lib coverage -- --nocapture` prints the figures of `docs/reports.md`.

use std::collections::BTreeMap;

use super::bootstrap::{group_of, mixed, poisson};
use super::columns::{COLUMNS, MODELS_AT, OF_MODEL};
use super::credit::Rules;
use super::figures::{Figures, MODELS};
use super::state::{Counting, ONE, State};
use super::walk::{Conversion, DAY_MS, Path, Touched};
use super::{Attribution, DEFINITION};
use crate::report::params::Params;
use crate::zone::Zone;

/// Mean number of customers of a shop. Their number is chance, too.
const CUSTOMERS: usize = 400;
const CHANNELS: [&str; 3] = ["Direct", "Email", "Paid Search"];
/// Probability, in percent, that the next touch is by each channel, that the path ends with a conversion, and that it ends
/// without one: from the start, and from each channel.
const NEXT: [[u64; 5]; 4] = [
    [30, 20, 50, 0, 0],
    [20, 10, 10, 30, 30],
    [30, 10, 10, 10, 40],
    [10, 20, 10, 5, 55],
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        mixed(self.0)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A path, from a walk through [`NEXT`].
fn path(random: &mut Random) -> Path<'static> {
    let (mut touches, mut from, mut time_ms) = (Vec::new(), 0, 0);
    loop {
        let mut left = random.below(100);
        let to = NEXT[from].iter().position(|percent| {
            let is_here = left < *percent;
            left = left.saturating_sub(*percent);
            is_here
        });
        let conversion = Conversion {
            time_ms,
            row: 0,
            amounts: Vec::new(),
        };
        match to {
            Some(channel @ 0..3) => touches.push(Touched {
                name: CHANNELS[channel].into(),
                time_ms,
            }),
            end => {
                return Path {
                    touches,
                    conversion: (end == Some(3)).then_some(conversion),
                };
            }
        }
        from = to.map_or(0, |channel| channel + 1);
        time_ms += random.below(5 * DAY_MS as u64) as i64;
    }
}

/// A shop. Some customers have several paths, which are alike in nothing but their group.
fn shop(number: u64, rules: &Rules) -> State {
    let mut random = Random(number << 32);
    let mut state = State::default();
    let customers = (0..CUSTOMERS).map(|_| poisson(random.next()) as usize).sum();
    for customer in 0..customers {
        let counting = Counting {
            rules,
            direct: "Direct",
            order: 1,
            has_null_paths: true,
            is_money: false,
            group: group_of(&format!("{number}-{customer}")),
        };
        for _ in 0..=random.below(3) {
            state.count(&path(&mut random), &counting);
        }
    }
    state.settled()
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let shops = std::env::var("WAYSIDE_COVERAGE_SHOPS")
        .ok()
        .and_then(|shops| shops.parse().ok())
        .unwrap_or(100);
    let given = BTreeMap::new();
    let report = Attribution::from_params(&Params::new(&DEFINITION, &given, &Zone::UTC).unwrap()).unwrap();
    let states: Vec<State> = (1..=shops).map(|number| shop(number, &report.rules)).collect();
    let mut all = State::default();
    states.iter().for_each(|state| all.merge(state.clone()));
    let all = Figures::of(&all.settled(), 1, "", ONE);
    let channel = |figures: &Figures, name: &str| figures.channels.iter().position(|known| known.name == name).unwrap();

    let (mut held, mut asked) = ([0_u64; MODELS], 0);
    for state in &states {
        let figures = Figures::of(state, 1, "", ONE);
        asked += CHANNELS.len() as u64;
        for (model, held) in held.iter_mut().enumerate() {
            for name in CHANNELS {
                let truth = all.credits.models[model][channel(&all, name)] / shops as f64;
                let own = channel(&figures, name);
                let (low, high) = figures.interval(|credits| credits.models[model][own]).unwrap();
                *held += u64::from((low..=high).contains(&truth));
            }
        }
    }
    for (model, held) in held.iter().enumerate() {
        let share = *held as f64 / asked as f64;
        println!(
            "{}: {:.1}% of {asked}",
            COLUMNS[MODELS_AT + OF_MODEL * model].name,
            100.0 * share
        );
        // Chance alone moves the share of 100 shops by 3 points.
        let margin = if shops < 1_000 { 0.03 } else { 0.0 };
        assert!(
            (0.92 - margin..=0.97 + margin).contains(&share),
            "model {model}: {share}"
        );
    }
}
