//! What fuzzing once found, and hostile inputs made by hand, on every run.

use std::fs;
use std::path::Path;

use wayside_testkit::fuzz::TARGETS;

#[test]
fn nothing_crashes_on_what_once_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/crashers");
    for (name, target) in TARGETS {
        let files: Vec<_> = fs::read_dir(folder.join(name))
            .unwrap_or_else(|error| panic!("tests/fuzz/crashers/{name}: {error}"))
            .map(|entry| entry.expect("the folder can be listed").path())
            .collect();
        assert!(!files.is_empty(), "tests/fuzz/crashers/{name} is empty");
        for file in files {
            println!("{}", file.display());
            target(&fs::read(&file).expect("the file can be read"));
        }
    }
}
