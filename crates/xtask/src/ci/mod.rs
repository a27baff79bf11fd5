//! The steps of CI.

mod steps;
mod tally;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

pub(crate) use steps::Step;
use tally::Tally;

use crate::workspace::Workspace;

/// Which of the steps to run.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Run only these steps
    #[arg(long, value_name = "STEP", value_enum)]
    only: Vec<Step>,
    /// Begin with this step
    #[arg(long, value_name = "STEP", value_enum, conflicts_with = "only")]
    from: Option<Step>,
}

/// Runs the steps in order up to the first that fails, then says what came of each.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let chosen: Vec<Step> = Step::ALL.into_iter().filter(|step| options.includes(*step)).collect();
    let mut done: Vec<Done> = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        println!("\n== {}/{} {}: {}", index + 1, chosen.len(), step.name(), step.about());
        let begun = Instant::now();
        let mut lines = Vec::new();
        let result = step.run(workspace, &mut lines);
        let took = begun.elapsed();
        let mut tally = Tally::read(&lines);
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
            tally.count_failure();
        }
        println!(
            "== {}: {} after {}",
            step.name(),
            if result.is_ok() { "ok" } else { "FAILED" },
            seconds(took)
        );
        let failed = result.is_err();
        done.push(Done {
            step: *step,
            took,
            tally,
            failed,
        });
        if failed {
            break;
        }
    }
    summary(&chosen, &done)
}

impl Options {
    fn includes(&self, step: Step) -> bool {
        match self.from {
            Some(first) => step >= first,
            None => self.only.is_empty() || self.only.contains(&step),
        }
    }
}

struct Done {
    step: Step,
    took: Duration,
    tally: Tally,
    failed: bool,
}

/// The steps, then the runners' own summary lines, then one line for everything.
fn summary(chosen: &[Step], done: &[Done]) -> Result<()> {
    println!("\n== summary");
    for step in chosen {
        match done.iter().find(|done| done.step == *step) {
            Some(done) if done.failed => println!("{:<10} FAILED  {:>8}", step.name(), seconds(done.took)),
            Some(done) => println!("{:<10} ok      {:>8}", step.name(), seconds(done.took)),
            None => println!("{:<10} not run", step.name()),
        }
    }
    let total = done.iter().fold(Tally::default(), |sum, done| sum.plus(&done.tally));
    println!();
    for line in total.lines() {
        println!("{line}");
    }
    println!("{} passed, {} failed", total.passed(), total.failed());
    match done.iter().find(|done| done.failed) {
        Some(done) => bail!(
            "the step `{0}` failed; `cargo xtask test --from {0}` goes on from there",
            done.step.name()
        ),
        None => Ok(()),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
