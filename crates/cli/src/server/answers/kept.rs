//! Cache of answers: each is kept until the data changes or its memory is needed for newer ones.

use std::sync::Arc;

use hashlink::LinkedHashMap;
use wayside_store::Version;

use super::{Answer, Question};

/// Answers by their questions, the least recently requested one first.
#[derive(Debug)]
pub(super) struct Kept {
    answers: LinkedHashMap<Question, (Version, Arc<Answer>)>,
    bytes: usize,
    max_bytes: usize,
}

impl Kept {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            answers: LinkedHashMap::new(),
            bytes: 0,
            max_bytes,
        }
    }

    /// Finds the answer for this version of the data.
    pub(super) fn get(&mut self, question: &Question, version: Version) -> Option<Arc<Answer>> {
        let (of, answer) = self.answers.get(question)?;
        if *of != version {
            self.remove(question);
            return None;
        }
        let answer = Arc::clone(answer);
        self.answers.to_back(question);
        Some(answer)
    }

    /// Adds an answer and replaces an earlier one, unless it is larger than the whole cache may be.
    pub(super) fn put(&mut self, question: Question, version: Version, answer: Arc<Answer>) {
        self.remove(&question);
        let bytes = bytes(&question, &answer);
        if bytes > self.max_bytes {
            return;
        }
        self.bytes += bytes;
        self.answers.insert(question, (version, answer));
        while self.bytes > self.max_bytes
            && let Some((asked, (_, oldest))) = self.answers.pop_front()
        {
            self.bytes -= self::bytes(&asked, &oldest);
        }
    }

    /// Size of all cached answers in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn remove(&mut self, question: &Question) {
        if let Some((_, answer)) = self.answers.remove(question) {
            self.bytes -= bytes(question, &answer);
        }
    }
}

fn bytes(question: &Question, answer: &Answer) -> usize {
    let params = question.request.params.iter();
    let params: usize = params.map(|(name, value)| name.len() + value.len()).sum();
    answer.json.len() + params + BESIDE_BYTES
}

/// Memory of a kept answer in addition to its JSON and the texts of its parameters.
const BESIDE_BYTES: usize = 1 << 10;

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::super::etag;
    use super::super::tests::{question, version};
    use super::*;

    fn answer(bytes: usize) -> Arc<Answer> {
        let json = Bytes::from("x".repeat(bytes - BESIDE_BYTES));
        let tag = etag::of(&json);
        Arc::new(Answer { json, tag })
    }

    fn kept(answers: &mut Kept, version: Version, reports: &[&str]) -> Vec<bool> {
        let get = |report: &&str| answers.get(&question(report), version).is_some();
        reports.iter().map(get).collect()
    }

    #[tokio::test]
    async fn the_least_recently_requested_answer_is_dropped_first() {
        let version = version().await;
        let mut answers = Kept::new(4_096);
        answers.put(question("kpis"), version, answer(1_536));
        answers.put(question("funnel"), version, answer(1_536));
        answers.put(question("paths"), version, answer(1_024));
        let all = ["kpis", "funnel", "paths"];
        assert_eq!(kept(&mut answers, version, &all), [true; 3], "exactly full");
        kept(&mut answers, version, &["kpis"]);
        answers.put(question("paths"), version, answer(1_025));
        assert_eq!(
            kept(&mut answers, version, &all),
            [true, false, true],
            "one byte too many"
        );
        assert_eq!(answers.bytes(), 1_536 + 1_025);
        answers.put(question("kpis"), version, answer(4_097));
        assert_eq!(
            kept(&mut answers, version, &all),
            [false, false, true],
            "too large itself"
        );
        answers.put(question("kpis"), version, answer(4_096));
        assert_eq!(kept(&mut answers, version, &all), [true, false, false]);
        assert_eq!(answers.bytes(), 4_096);
    }
}
