//! The files of `tests/journeys`.

use std::fs;
use std::path::{Path, PathBuf};

/// A journey of the corpus.
#[derive(Clone, Debug)]
pub struct CorpusFile {
    /// The name, without folder and extension.
    pub name: String,
    /// The lines; [`crate::conformance`] describes their format.
    pub jsonl: String,
    /// The path of the expected JSON.
    pub expected: PathBuf,
}

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/journeys")
}

/// Every journey, sorted by name.
///
/// # Panics
///
/// Panics if the corpus cannot be read.
pub fn files() -> Vec<CorpusFile> {
    let folder = folder();
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    let mut files: Vec<CorpusFile> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| CorpusFile {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            jsonl: fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display())),
            expected: path.with_extension("expected.json"),
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
