//! Tests of the places in which states are kept.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A key for a place and a version.
fn key(place: u8, version: u8) -> Key {
    Key {
        place: [place; 16],
        version: [version; 32],
    }
}

fn state(text: &str) -> Arc<BucketState> {
    Arc::new(BucketState {
        state: text.into(),
        events: 3,
        customers: 2,
        left_out: 1,
    })
}

/// A state that takes `bytes` in memory.
fn sized(bytes: usize) -> Arc<BucketState> {
    state(&"x".repeat(bytes - memory::BESIDE_BYTES))
}

/// The states of an earlier process: what is in memory is gone.
fn reopened(data: &TempDir) -> KeptStates {
    KeptStates::open(data.path())
}

fn files(data: &TempDir) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(data.path().join("answers")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_state_is_found_in_its_version_only() {
    let data = TempDir::new().unwrap();
    let kept = KeptStates::open(data.path());
    assert_eq!(kept.get(&key(1, 1)), None);
    kept.put(&key(1, 1), state("first"));
    for kept in [&kept, &reopened(&data)] {
        assert_eq!(kept.get(&key(1, 1)), Some(state("first")));
        assert_eq!(kept.get(&key(1, 2)), None, "another version");
        assert_eq!(kept.get(&key(2, 1)), None, "another place");
        assert_eq!(kept.counts().damaged, 0);
    }
    kept.put(&key(1, 2), state("second"));
    for kept in [&kept, &reopened(&data)] {
        assert_eq!(kept.get(&key(1, 2)), Some(state("second")));
        assert_eq!(kept.get(&key(1, 1)), None, "the second has taken its place");
    }
    assert_eq!(files(&data).len(), 1);
}

#[test]
fn a_process_counts_where_it_found_states() {
    let data = TempDir::new().unwrap();
    KeptStates::open(data.path()).put(&key(1, 1), state("first"));
    let kept = reopened(&data);
    for _ in 0..3 {
        kept.get(&key(1, 1)).unwrap();
    }
    kept.put(&key(2, 1), state("other"));
    let expected = KeptCounts {
        used_from_disk: 1,
        used_from_memory: 2,
        made: 1,
        in_memory: 2,
        memory_bytes: 2 * (5 + memory::BESIDE_BYTES as u64),
        disk_bytes: 2 * 4_096,
        ..KeptCounts::default()
    };
    assert_eq!(kept.counts(), expected);
}

#[test]
fn a_pass_that_began_before_states_were_forgotten_keeps_no_more() {
    let data = TempDir::new().unwrap();
    let kept = KeptStates::open(data.path());
    kept.for_pass().put(&key(1, 1), state("first"));
    let before = kept.for_pass();
    assert_eq!(kept.forget(data.path()).unwrap().files, 1);
    assert_eq!((kept.get(&key(1, 1)), kept.counts().in_memory), (None, 0));
    before.put(&key(2, 1), state("of what is erased"));
    assert_eq!((before.get(&key(2, 1)), files(&data).len()), (None, 0));
    assert_eq!(kept.counts().disk_bytes, 0);
    kept.for_pass().put(&key(3, 1), state("new"));
    assert_eq!(kept.get(&key(3, 1)), Some(state("new")));
}

#[test]
fn only_the_owner_may_read_the_files() {
    let data = TempDir::new().unwrap();
    KeptStates::open(data.path()).put(&key(1, 1), state("first"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data.path().join("answers")), 0o700);
    assert_eq!(mode(&files(&data)[0]), 0o600);
}

#[test]
fn the_states_that_were_not_used_for_the_longest_time_leave_memory_first() {
    let data = TempDir::new().unwrap();
    let kept = KeptStates::with_limits(data.path(), 0, 3_000);
    let kept_of = |places: [u8; 4]| places.map(|place| kept.inner.memory().get(&key(place, 1)).is_some());
    for place in 1..=3 {
        kept.put(&key(place, 1), sized(1_000));
    }
    assert_eq!(kept_of([4, 3, 2, 1]), [false, true, true, true], "exactly full");
    kept.put(&key(4, 1), sized(1_000));
    assert_eq!(kept_of([3, 1, 2, 4]), [false, true, true, true], "1 was asked for last");
    kept.put(&key(2, 1), sized(3_001));
    assert_eq!(kept_of([1, 2, 3, 4]), [true, false, false, true], "too large itself");
    assert_eq!(kept.counts().memory_bytes, 2_000);
}

#[test]
fn the_files_that_were_not_used_for_the_longest_time_are_removed_first() {
    let data = TempDir::new().unwrap();
    let old = |place: u8, days: u64| {
        let path = data.path().join("answers").join(key(place, 1).file());
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(days * 86_400);
        fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    };
    for place in 1..=4 {
        reopened(&data).put(&key(place, 1), state("state"));
        old(place, u64::from(place));
    }
    // A file that a crash has left.
    fs::write(data.path().join("answers/.tmp1"), "half").unwrap();
    // Reading marks a file as used.
    let kept = KeptStates::with_limits(data.path(), 5 * 4_096, 1 << 20);
    assert!(kept.get(&key(1, 1)).is_some());
    // In memory only, a state is used without its file.
    kept.inner.memory().put(key(2, 1), state("state"));
    kept.put(&key(5, 1), state("state"));
    let left: Vec<bool> = (1..=5)
        .map(|place| reopened(&data).get(&key(place, 1)).is_some())
        .collect();
    assert_eq!(left, [true, true, false, false, true]);
    assert_eq!(kept.counts().disk_bytes, files(&data).len() as u64 * 4_096);
}

#[test]
fn clearing_removes_all_files_and_a_running_process_goes_on() {
    let data = TempDir::new().unwrap();
    assert_eq!(
        KeptStates::clear(data.path()).unwrap(),
        Cleared::default(),
        "there is no folder"
    );
    let kept = KeptStates::open(data.path());
    kept.put(&key(1, 1), state("first"));
    kept.put(&key(2, 1), state("other"));
    let cleared = Cleared { files: 2, bytes: 8_192 };
    assert_eq!(KeptStates::clear(data.path()).unwrap(), cleared);
    assert_eq!(reopened(&data).get(&key(1, 1)), None);
    fs::remove_dir(data.path().join("answers")).unwrap();
    kept.put(&key(1, 1), state("again"));
    assert_eq!(reopened(&data).get(&key(1, 1)), Some(state("again")));
    assert_eq!(kept.counts().failed_writes, 0);
}

#[test]
fn states_are_kept_in_memory_where_nothing_can_be_written() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("answers"), "a file in the way").unwrap();
    let kept = KeptStates::open(data.path());
    kept.put(&key(1, 1), state("first"));
    assert_eq!(kept.get(&key(1, 1)), Some(state("first")));
    assert_eq!(kept.counts().failed_writes, 1);
    let nowhere = KeptStates::open(&data.path().join("missing"));
    nowhere.put(&key(1, 1), state("first"));
    assert_eq!(nowhere.get(&key(1, 1)), Some(state("first")));
    assert!(!data.path().join("missing").exists());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_ignored_and_written_again(
        text in "[a-z]{0,40}",
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
        cut in any::<bool>(),
    ) {
        let data = TempDir::new().unwrap();
        KeptStates::open(data.path()).put(&key(1, 1), state(&text));
        let path = files(&data).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        fs::write(&path, bytes).unwrap();
        let kept = reopened(&data);
        prop_assert_eq!(kept.get(&key(1, 1)), None);
        prop_assert_eq!(kept.counts().damaged, 1);
        kept.put(&key(1, 1), state(&text));
        prop_assert_eq!(reopened(&data).get(&key(1, 1)), Some(state(&text)));
    }
}
