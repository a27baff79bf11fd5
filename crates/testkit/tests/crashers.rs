//! Replays inputs that fuzzing once found, and handmade hostile inputs.

use std::fs;
use std::path::Path;

use wayside_testkit::fuzz::TARGETS;

#[test]
fn former_crashers_do_not_crash() {
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
