//! The figures of the benchmark, and their tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wait4::ResourceUsage;

use super::contenders::{PEERS, WAYSIDE};
use super::data::{Cost, Prepared};
use super::{AGAIN, ALL, QUESTIONS, START};

/// The cost of one process.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Used {
    /// Processor time of all threads, in the program and in the kernel.
    pub(super) processor_s: f64,
    pub(super) wall_s: f64,
    /// The most memory that it had at once.
    pub(super) memory_bytes: u64,
}

impl Used {
    pub(super) fn new(used: &ResourceUsage, wall_s: f64) -> Self {
        Self {
            processor_s: (used.utime + used.stime).as_secs_f64(),
            wall_s,
            memory_bytes: used.maxrss,
        }
    }
}

/// All measurements, by question and contender.
#[derive(Default)]
pub(super) struct Figures(BTreeMap<(&'static str, &'static str), Vec<Used>>);

impl Figures {
    /// Adds a measurement.
    pub(super) fn add(&mut self, question: &'static str, contender: &'static str, used: Used) {
        self.0.entry((question, contender)).or_default().push(used);
    }

    /// The tables of one size of data, as Markdown.
    pub(super) fn table(&self, data: &Prepared) -> String {
        let mut text = format!("### {} events\n\n", grouped(data.rows));
        text.push_str("Processor time in seconds:\n\n");
        text.push_str(&self.processor());
        text.push_str("\nAll seven questions, time that passed and the most memory that a question took:\n\n");
        text.push_str(&self.wall_and_memory());
        let again = self.median(AGAIN, WAYSIDE, |used| used.processor_s);
        text.push_str(&format!(
            "\nAll seven once more, from kept answers, take Wayside {again:.2} s of processor time.\n"
        ));
        text.push_str(&costs(&data.cost));
        text
    }

    /// A row for each question, and their sums.
    fn processor(&self) -> String {
        let mut text = heading("question", &["Wayside / best peer"]);
        let median = |question, contender| self.median(question, contender, |used| used.processor_s);
        for question in asked() {
            let own = median(question, WAYSIDE);
            let peers = PEERS.map(|(peer, _)| median(question, peer));
            line(&mut text, words(question), own, &peers, best(&peers));
        }
        let sum = |contender| asked().map(|question| median(question, contender)).sum::<f64>();
        let sums = PEERS.map(|(peer, _)| sum(peer));
        line(&mut text, "sum of the seven", sum(WAYSIDE), &sums, best(&sums));
        // Each question starts the engine anew; what remains is the work itself.
        let net = |contender, sum: f64, starts: usize| (sum - starts as f64 * median(START, contender)).max(0.0);
        let starts = asked().count();
        let nets = PEERS.map(|(peer, _)| net(peer, sum(peer), starts));
        let own = net(WAYSIDE, sum(WAYSIDE), starts);
        line(&mut text, "sum without the starts", own, &nets, best(&nets));
        let one_pass = median(ALL, WAYSIDE);
        line(
            &mut text,
            "**all seven in one pass**, beside the sums",
            one_pass,
            &sums,
            best(&sums),
        );
        let own = net(WAYSIDE, one_pass, 1);
        line(&mut text, "the same without the starts", own, &nets, best(&nets));
        let peers = PEERS.map(|(peer, _)| median(START, peer));
        line(&mut text, words(START), median(START, WAYSIDE), &peers, best(&peers));
        text
    }

    fn wall_and_memory(&self) -> String {
        let mut text = String::from("| | time, s | memory, MB |\n| --- | --: | --: |\n");
        let mut row = |name: &str, contender: &'static str, questions: &[&'static str]| {
            let seconds: f64 = questions
                .iter()
                .map(|question| self.median(question, contender, |used| used.wall_s))
                .sum();
            let memory = |question: &&'static str| self.median(question, contender, |used| used.memory_bytes as f64);
            let memory = questions.iter().map(memory).fold(0.0, f64::max) / 1e6;
            text.push_str(&format!("| {name} | {seconds:.1} | {memory:.0} |\n"));
        };
        row("Wayside, in one pass", WAYSIDE, &[ALL]);
        let questions: Vec<&'static str> = asked().collect();
        row("Wayside, one after the other", WAYSIDE, &questions);
        for (peer, _) in PEERS {
            row(peer, peer, &questions);
        }
        text
    }

    fn median(&self, question: &'static str, contender: &'static str, of: impl Fn(&Used) -> f64) -> f64 {
        let mut values: Vec<f64> = self
            .0
            .get(&(question, contender))
            .into_iter()
            .flatten()
            .map(of)
            .collect();
        values.sort_by(f64::total_cmp);
        match values.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => values[count / 2],
            count => (values[count / 2 - 1] + values[count / 2]) / 2.0,
        }
    }
}

/// The cost of bringing the events into the table.
fn costs(cost: &Cost) -> String {
    let rate = |events: u64, used: &Used| grouped((events as f64 / used.processor_s) as u64);
    format!(
        "\n| into the table | events | events a second of processor time | memory, MB |\n\
         | --- | --: | --: | --: |\n\
         | import from Parquet | {} | {} | {:.0} |\n\
         | compaction of the log | {} | {} | {:.0} |\n\n\
         The peers' file takes {:.1} bytes an event, the table {:.1}.\n\n",
        grouped(cost.imported),
        rate(cost.imported, &cost.import),
        cost.import.memory_bytes as f64 / 1e6,
        grouped(cost.compacted),
        rate(cost.compacted, &cost.compaction),
        cost.compaction.memory_bytes as f64 / 1e6,
        cost.file_bytes as f64 / cost.imported as f64,
        cost.table_bytes as f64 / cost.imported as f64,
    )
}

/// The questions without the start.
fn asked() -> impl Iterator<Item = &'static str> {
    QUESTIONS.into_iter().filter(|question| *question != START)
}

/// A question in words.
fn words(question: &'static str) -> &'static str {
    match question {
        START => "starting, and counting the rows (Wayside: listing the reports)",
        "sessions" => "sessions, bounces, median duration",
        "funnel" => "five-step funnel in 7 days",
        "paths" => "directly-follows graph of pages",
        "checkout" => "checkout step times, median and p95",
        "retention" => "weekly retention cohorts",
        "attribution" => "Markov attribution",
        "carts" => "abandoned carts by channel and day",
        other => other,
    }
}

fn heading(first: &str, last: &[&str]) -> String {
    let names = std::iter::once(WAYSIDE).chain(PEERS.map(|(peer, _)| peer));
    let cells: Vec<&str> = names.chain(last.iter().copied()).collect();
    format!(
        "| {first} | {} |\n| --- |{}\n",
        cells.join(" | "),
        " --: |".repeat(cells.len())
    )
}

fn line(text: &mut String, name: &str, own: f64, peers: &[f64], best: f64) {
    let peers: Vec<String> = peers.iter().map(|seconds| format!("{seconds:.2}")).collect();
    text.push_str(&format!(
        "| {name} | {own:.2} | {} | {:.2} |\n",
        peers.join(" | "),
        own / best
    ));
}

fn best(peers: &[f64]) -> f64 {
    peers.iter().copied().fold(f64::INFINITY, f64::min)
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(processor_s: f64) -> Used {
        Used {
            processor_s,
            wall_s: processor_s / 2.0,
            memory_bytes: 1_000_000,
        }
    }

    #[test]
    fn the_table_has_medians_sums_and_ratios() {
        let mut figures = Figures::default();
        for question in QUESTIONS {
            for (peer, _) in PEERS {
                figures.add(question, peer, used(2.0));
            }
            for seconds in [9.0, 1.0, 1.5] {
                figures.add(question, WAYSIDE, used(seconds));
            }
        }
        figures.add(ALL, WAYSIDE, used(3.5));
        let table = figures.processor();
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(
            rows[0],
            "| question | Wayside | Polars | ClickHouse | DuckDB | Wayside / best peer |"
        );
        assert_eq!(rows[1], "| --- | --: | --: | --: | --: | --: |");
        assert_eq!(
            rows[3],
            "| five-step funnel in 7 days | 1.50 | 2.00 | 2.00 | 2.00 | 0.75 |"
        );
        assert_eq!(rows[9], "| sum of the seven | 10.50 | 14.00 | 14.00 | 14.00 | 0.75 |");
        assert_eq!(
            rows[11],
            "| **all seven in one pass**, beside the sums | 3.50 | 14.00 | 14.00 | 14.00 | 0.25 |"
        );
        let memory = figures.wall_and_memory();
        assert!(memory.contains("| Wayside, in one pass | 1.8 | 1 |"), "{memory}");
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!(
            [0, 999, 1_000, 10_000_000].map(grouped),
            ["0", "999", "1,000", "10,000,000"]
        );
    }
}
