//! The calendar: how busy the shop is by day and hour, and when the campaign runs.

use libm::{cos, exp};

use crate::chance::Chance;
use crate::plan::{DAY_MS, Plan};

/// How busy each simulated day is, on average about 1.
#[derive(Debug)]
pub(crate) struct Calendar {
    begin: i64,
    weights: Vec<f64>,
    busiest: f64,
    /// The days of the campaign, the last one not included.
    campaign: (usize, usize),
}

impl Calendar {
    pub(crate) fn new(plan: &Plan) -> Self {
        let (begin, days) = (plan.begin(), plan.days() as usize);
        let first = begin / DAY_MS;
        let weights: Vec<f64> = (0..days as i64)
            .map(|day| yearly(first + day) * weekly(first + day))
            .collect();
        let busiest = weights.iter().copied().fold(0.0, f64::max);
        Self {
            begin,
            weights,
            busiest,
            campaign: (days * 2 / 5, days * 2 / 5 + (days / 25).max(3)),
        }
    }

    /// A moment of someone's first visit: on busy days more come.
    pub(crate) fn arrival(&self, chance: &mut Chance) -> i64 {
        let days: Vec<usize> = (0..self.weights.len()).collect();
        let day = *chance.pick(&days, |day| self.weights[*day]);
        self.moment(day, chance)
    }

    /// A moment of a day of the campaign.
    pub(crate) fn campaign_arrival(&self, chance: &mut Chance) -> i64 {
        let day = chance.within(self.campaign.0 as i64, self.campaign.1 as i64 - 1);
        self.moment(day as usize, chance)
    }

    /// The days of the campaign, counted from the first simulated day.
    pub(crate) fn campaign_days(&self) -> std::ops::Range<usize> {
        self.campaign.0..self.campaign.1
    }

    /// How busy a day is compared with the busiest, from 0 to 1; days after the simulation are as the last one.
    pub(crate) fn share_of_busiest(&self, time: i64) -> f64 {
        let day = ((time - self.begin) / DAY_MS).max(0) as usize;
        self.weights[day.min(self.weights.len() - 1)] / self.busiest
    }

    /// How busy the busiest day is.
    pub(crate) fn busiest(&self) -> f64 {
        self.busiest
    }

    /// How busy a day is, counted from the first simulated day.
    pub(crate) fn weight(&self, day: usize) -> f64 {
        self.weights[day]
    }

    fn moment(&self, day: usize, chance: &mut Chance) -> i64 {
        let hours: Vec<usize> = (0..24).collect();
        let hour = *chance.pick(&hours, |hour| HOURS[*hour]);
        self.begin + day as i64 * DAY_MS + hour as i64 * HOUR_MS + chance.within(0, HOUR_MS - 1)
    }
}

/// Moves a time to an hour at which people are awake, on the same day.
pub(crate) fn awake(time: i64, chance: &mut Chance) -> i64 {
    let hours: Vec<usize> = (0..24).collect();
    let hour = *chance.pick(&hours, |hour| HOURS[*hour]);
    time.div_euclid(DAY_MS) * DAY_MS + hour as i64 * HOUR_MS + chance.within(0, HOUR_MS - 1)
}

/// The year of a shop for gifts: quiet in summer, twice as busy around the end of November, and quiet after Christmas.
fn yearly(day: i64) -> f64 {
    let of_year = (day as f64) % 365.2425;
    let wave = 0.15 * cos(of_year / 365.2425 * std::f64::consts::TAU);
    let season = (of_year - 333.0) / 14.0;
    1.0 + wave + 1.1 * exp(-season * season / 2.0)
}

/// The week: most come on Sunday and Monday, fewest on Friday and Saturday. 1 January 1970 was a Thursday.
fn weekly(day: i64) -> f64 {
    const FROM_THURSDAY: [f64; 7] = [0.98, 0.85, 0.88, 1.22, 1.12, 1.0, 0.95];
    FROM_THURSDAY[day.rem_euclid(7) as usize]
}

const HOUR_MS: i64 = 3_600_000;

/// How busy each hour of the day is.
const HOURS: [f64; 24] = [
    1.0, 0.5, 0.3, 0.2, 0.2, 0.4, 1.0, 2.0, 3.0, 4.0, 4.5, 4.8, 5.0, 4.6, 4.2, 4.2, 4.4, 4.8, 5.6, 6.6, 7.4, 7.0, 5.0,
    2.6,
];
