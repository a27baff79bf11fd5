//! "Did you mean": the nearest known word.

/// The candidate most similar to `word`, if it is similar enough for a typing error.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Below this likeness (1 less the share of letters that differ, two swapped ones counting as one) another word is meant:
/// `cvs` for `csv` has 0.67.
const LIKENESS_MIN: f64 = 0.6;
