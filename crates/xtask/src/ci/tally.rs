//! Counting what test runners say they did.

/// The sums of the runners' own summary lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    cargo: Count,
    vitest: Count,
    node: Count,
    playwright: Count,
    /// Steps that failed without a runner that says how many tests did.
    steps: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    runs: u64,
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Reads the lines that a step wrote.
    pub(crate) fn read(lines: &[String]) -> Self {
        let mut tally = Self::default();
        for line in lines {
            let line = without_colours(line);
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("test result: ") {
                tally
                    .cargo
                    .add(number_before(rest, "passed"), number_before(rest, "failed"));
            } else if let Some(rest) = line.strip_prefix("Tests  ") {
                tally
                    .vitest
                    .add(number_before(rest, "passed"), number_before(rest, "failed"));
            } else if let Some(rest) = line.strip_prefix("# pass ").or_else(|| line.strip_prefix("ℹ pass ")) {
                tally.node.add(rest.parse().ok(), None);
            } else if let Some(rest) = line.strip_prefix("# fail ").or_else(|| line.strip_prefix("ℹ fail ")) {
                tally.node.failed += rest.parse::<u64>().unwrap_or(0);
            } else if let Some(passed) = playwright(line, "passed") {
                tally.playwright.add(Some(passed), None);
            } else if let Some(failed) = playwright(line, "failed") {
                tally.playwright.failed += failed;
            }
        }
        tally
    }

    /// A step failed: it counts as one failure unless its runner has counted already.
    pub(crate) fn count_failure(&mut self) {
        if self.failed() == 0 {
            self.steps = 1;
        }
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            cargo: self.cargo.plus(other.cargo),
            vitest: self.vitest.plus(other.vitest),
            node: self.node.plus(other.node),
            playwright: self.playwright.plus(other.playwright),
            steps: self.steps + other.steps,
        }
    }

    pub(crate) fn passed(&self) -> u64 {
        self.counts().iter().map(|(_, count)| count.passed).sum()
    }

    pub(crate) fn failed(&self) -> u64 {
        self.counts().iter().map(|(_, count)| count.failed).sum::<u64>() + self.steps
    }

    /// One line for each runner that ran.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.counts()
            .iter()
            .filter(|(_, count)| *count != Count::default())
            .map(|(runner, count)| {
                let Count { runs, passed, failed } = count;
                match *runner {
                    "cargo" => {
                        let word = if *failed == 0 { "ok" } else { "FAILED" };
                        format!("test result: {word}. {passed} passed; {failed} failed (cargo test, {runs} binaries)")
                    }
                    other => format!("{other}: {passed} passed, {failed} failed"),
                }
            })
            .collect()
    }

    fn counts(&self) -> [(&'static str, Count); 4] {
        [
            ("cargo", self.cargo),
            ("vitest", self.vitest),
            ("node", self.node),
            ("playwright", self.playwright),
        ]
    }
}

impl Count {
    fn add(&mut self, passed: Option<u64>, failed: Option<u64>) {
        self.runs += 1;
        self.passed += passed.unwrap_or(0);
        self.failed += failed.unwrap_or(0);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            runs: self.runs + other.runs,
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

/// `12` of `ok. 12 passed; 0 failed` before `passed`.
fn number_before(text: &str, word: &str) -> Option<u64> {
    let before = &text[..text.find(word)?];
    before.split_whitespace().last()?.parse().ok()
}

/// Playwright's `12 passed (3.4s)` and `1 failed`: nothing else stands on the line.
fn playwright(line: &str, word: &str) -> Option<u64> {
    let (number, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(" ("))
        .then(|| number.parse().ok())
        .flatten()
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], passed: u64, failed: u64) {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let tally = Tally::read(&lines);
        assert_eq!((tally.passed(), tally.failed()), (passed, failed), "{tally:?}");
    }

    #[test]
    fn every_runner_is_read() {
        check(
            &["test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s"],
            12,
            0,
        );
        check(&["test result: FAILED. 3 passed; 2 failed; 0 ignored"], 3, 2);
        check(
            &["\u{1b}[2m      Tests \u{1b}[22m \u{1b}[32m9 passed\u{1b}[39m (9)"],
            9,
            0,
        );
        check(&["      Tests  1 failed | 8 passed (9)"], 8, 1);
        check(&["# pass 4", "# fail 1"], 4, 1);
        check(&["ℹ pass 79", "ℹ fail 2"], 79, 2);
        check(&["  1 failed", "  25 passed (30.1s)"], 25, 1);
    }

    #[test]
    fn ordinary_lines_count_nothing() {
        check(
            &[
                "52 visits, 900 touchpoints captured",
                "50 of 50 journeys equal what was done",
                "5 passed by",
            ],
            0,
            0,
        );
    }

    #[test]
    fn a_failed_step_counts_once() {
        let mut silent = Tally::default();
        silent.count_failure();
        assert_eq!(silent.failed(), 1);
        let mut counted = Tally::read(&["test result: FAILED. 3 passed; 2 failed".to_owned()]);
        counted.count_failure();
        assert_eq!(counted.failed(), 2);
        assert_eq!(counted.plus(&silent).failed(), 3);
    }
}
