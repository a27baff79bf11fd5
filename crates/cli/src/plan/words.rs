//! The results of a check as text.

use wayside_analyzer::table::{printable, time};
use wayside_plan::{Against, Seen};

use super::{Outcome, Refused};

impl Outcome {
    /// The text for a terminal or a log.
    pub(crate) fn text(&self) -> String {
        let findings = &self.findings;
        let mut paragraphs = vec![self.head()];
        paragraphs.extend(section("Violations:", self.against()));
        if findings.broken > count(findings.against.len()) {
            let sums = findings.sums.iter();
            let sums = sums.map(|sum| format!("{} {}: {}", sum.kind, sum.path, touchpoints(sum.touchpoints)));
            paragraphs.extend(section("By property:", sums.collect()));
        }
        let strays = findings.unplanned.iter();
        let strays = strays.map(|one| match one.touchpoints {
            1 => format!("{}: {}", one.kind, place(&one.first)),
            n => format!("{}: {n} times, first {}", one.kind, place(&one.first)),
        });
        paragraphs.extend(section("Not in the plan:", strays.collect()));
        paragraphs.extend(section(
            "Refused by the model:",
            self.refused.iter().map(refused).collect(),
        ));
        paragraphs.extend(section("Planned, but never seen:", self.unseen.clone()));
        paragraphs.join("\n\n")
    }

    fn head(&self) -> String {
        let findings = &self.findings;
        let all = findings.checked + count(self.refused.len());
        let faults = findings.broken + findings.strays + count(self.refused.len());
        match (faults, all) {
            (_, 1) if self.ok && faults > 0 => "The touchpoint follows the plan, or is not in it.".to_owned(),
            (_, all) if self.ok && faults > 0 => format!("All {} follow the plan, or are not in it.", touchpoints(all)),
            (0, 1) => "The touchpoint follows the plan.".to_owned(),
            (0, all) => format!("All {} follow the plan.", touchpoints(all)),
            (1, all) => format!("1 of {} does not follow the plan.", touchpoints(all)),
            (faults, all) => format!("{faults} of {} do not follow the plan.", touchpoints(all)),
        }
    }

    fn against(&self) -> Vec<String> {
        let against = &self.findings.against;
        let mut lines = Vec::new();
        for Against { kind, seen, violations } in against {
            lines.push(format!("{kind}: {}", place(seen)));
            lines.extend(violations.iter().map(|violation| format!("  {violation}")));
        }
        let more = self.findings.broken.saturating_sub(count(against.len()));
        if more > 0 {
            lines.push(format!("… and {more} more; --limit shows more of them"));
        }
        lines
    }
}

/// `event 3 of writer 5f0c…, visitor v1, 2026-01-05T10:00:03Z`.
fn place(seen: &Seen) -> String {
    let Seen {
        time: at,
        writer,
        seq,
        visitor,
    } = seen;
    format!("event {seq} of writer {writer}, visitor {visitor}, {}", time(*at))
}

fn refused(one: &Refused) -> String {
    format!("event {} of writer {}: {}", one.seq, one.writer, one.detail)
}

/// A title with lines, in which control characters from visitors are replaced.
fn section(title: &str, lines: Vec<String>) -> Option<String> {
    let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
    (!lines.is_empty()).then(|| format!("{title}\n  {}", lines.join("\n  ")))
}

fn touchpoints(n: u64) -> String {
    match n {
        1 => "1 touchpoint".to_owned(),
        n => format!("{n} touchpoints"),
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
