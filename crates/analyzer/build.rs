//! Hashes the sources on which a report's state depends, so that a state that another version of them made is never used.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// The model, the reading of the table, the reports, and the exact versions of all libraries.
const INPUTS: [&str; 5] = ["build.rs", "src", "../model/src", "../store/src", "../../Cargo.lock"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut hasher = Sha256::new();
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
        add(&mut hasher, &root.join(input), input)?;
    }
    let hash: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=WAYSIDE_STATES_OF={hash}");
    Ok(())
}

/// Adds a file, or all files of a folder in the order of their names, each under a name that is the same on every machine.
fn add(hasher: &mut Sha256, path: &Path, name: &str) -> io::Result<()> {
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            add(
                hasher,
                &entry.path(),
                &format!("{name}/{}", entry.file_name().to_string_lossy()),
            )?;
        }
        return Ok(());
    }
    let bytes = fs::read(path)?;
    for part in [name.as_bytes(), &bytes] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Ok(())
}
