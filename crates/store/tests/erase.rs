//! Erasing a person: nothing of them is left in any file, and everything of others stays.

mod common;

use std::path::{Path, PathBuf};

use arrow::util::display::array_value_to_string;
use common::*;
use wayside_model::{CustomerId, Event, Touchpoint, Value, VisitorId};
use wayside_store::{Accepted, DataWriter, Erased, Options, Person, Store};

/// The words by which Carol can be found: her id, her visitors and what her touchpoints say.
const WORDS: [&str; 5] = [
    "carol@shop.example",
    "phone-of-carol",
    "desk-of-carol",
    "carols-colour",
    "carols-street",
];

fn says(event: Event, word: &str) -> Event {
    let fields = Value::map([("colour", Value::from(word))]);
    let touchpoint = Touchpoint::parse("Colour Chosen", &fields).unwrap();
    Event { touchpoint, ..event }
}

/// Carol on two devices, who is known on both in the end, and others around her. Dave's desk is also identified as Carol, later.
fn history() -> (Vec<Event>, Vec<Event>) {
    let hers = vec![
        event("phone-of-carol", 1, 0, 0),
        says(event("phone-of-carol", 1, 1, 10), "carols-colour"),
        identify("phone-of-carol", "carol@shop.example", 1, 2, 20),
        event("desk-of-carol", 2, 0, 60_000),
        identify("desk-of-carol", "carol@shop.example", 2, 1, 70_000),
        says(event("desk-of-carol", 2, 2, 80_000), "carols-street"),
        identify("desk-of-dave", "carol@shop.example", 3, 2, 90_000),
    ];
    let others = vec![
        event("visitor-a", 4, 0, 0),
        event("visitor-z", 5, 0, 99_000),
        event("desk-of-dave", 3, 0, 0),
        identify("desk-of-dave", "dave", 3, 1, 5),
        says(event("desk-of-dave", 3, 3, 95_000), "daves-colour"),
    ];
    (hers, others)
}

fn letters() -> Accepted {
    let mut part = accepted(Vec::new());
    for (seq, raw) in [
        r#"{"v":1,"visitor":"phone-of-carol","events":[{"kind":"search"}]}"#,
        r#"{"Kunde":"carol@shop.example","Betrag":"x"}"#,
        r#"{"v":1,"visitor":"visitor-a","events":[{"kind":"search"}]}"#,
    ]
    .iter()
    .enumerate()
    {
        let mut letter = letter(9, seq as u32);
        letter.raw = Some((*raw).to_owned());
        part.dead.push(letter);
    }
    let mut quoting = letter(9, 3);
    quoting.detail = "customer_id \"carol@shop.example\" is no number".to_owned();
    quoting.raw = None;
    part.dead.push(quoting);
    part
}

/// Every file below `root`.
fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The files in which one of the words is found, in their bytes or in the unpacked cells of Parquet.
fn found_in(root: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files_below(root) {
        let bytes = std::fs::read(&path).unwrap();
        let mut texts = vec![String::from_utf8_lossy(&bytes).into_owned()];
        if path.extension().is_some_and(|end| end == "parquet") {
            for batch in read(&path) {
                for column in batch.columns() {
                    texts.extend((0..batch.num_rows()).map(|row| array_value_to_string(column, row).unwrap()));
                }
            }
        }
        let words = words
            .iter()
            .filter(|word| texts.iter().any(|text| text.contains(**word)));
        found.extend(words.map(|word| format!("{word} in {}", path.display())));
    }
    found
}

fn carol() -> Person {
    Person::Customer(CustomerId::parse("carol@shop.example").unwrap())
}

async fn erase(writer: &DataWriter, person: &Person, dry_run: bool) -> (Erased, [u64; 2]) {
    let erased = writer.erase(&site(), person, dry_run).await.unwrap();
    let counts = [erased.events, erased.dead];
    (erased, counts)
}

/// As an ordinary server: replaced files are kept for an hour.
async fn filled(dir: &Path) -> DataWriter {
    let writer = DataWriter::lock(dir, Options::default()).await.unwrap();
    let (hers, others) = history();
    // In many commits, so that files were merged, and the last of them in the log only.
    for pair in hers.chunks(2).zip(others.chunks(2)) {
        writer.append(vec![accepted(pair.0.to_vec())]).await.unwrap();
        writer.append(vec![accepted(pair.1.to_vec()), letters()]).await.unwrap();
        writer.compact().await.unwrap();
    }
    writer
        .append(vec![accepted(hers.clone()), accepted(others)])
        .await
        .unwrap();
    writer
}

#[tokio::test]
async fn nothing_of_an_erased_customer_is_left_in_any_file() {
    let dir = tempfile::tempdir().unwrap();
    let writer = filled(dir.path()).await;
    let (_, others) = history();
    // Another process that has read the folder before.
    let reader = Store::open(dir.path()).unwrap();
    assert_eq!(lines(&reader).await.len(), 12);
    for word in WORDS {
        assert_ne!(
            found_in(dir.path(), &[word]),
            Vec::<String>::new(),
            "the search finds {word}"
        );
    }

    let (would, counts) = erase(&writer, &carol(), true).await;
    assert_eq!(counts, [7, 3]);
    let visitors: Vec<_> = would.person.visitors.iter().map(String::as_str).collect();
    assert_eq!(visitors, ["desk-of-carol", "phone-of-carol"]);
    assert_eq!(lines(&reader).await.len(), 12, "a dry run changes nothing");

    assert_eq!(erase(&writer, &carol(), false).await.1, [7, 3]);
    assert_eq!(found_in(dir.path(), &WORDS), Vec::<String>::new());
    let expected = expected(&others, &[("desk-of-dave", "dave")]);
    for store in [writer.store(), &reader, &Store::open(dir.path()).unwrap()] {
        assert_same(&lines(store).await, &expected);
        assert_eq!(store.dead_letters(&site()).await.unwrap().len(), 1);
        assert_eq!(store.sites().await.unwrap()[0].events, 5);
    }
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");

    // The same once more finds nothing, and what comes later is new.
    assert_eq!(erase(&writer, &carol(), false).await.1, [0, 0]);
    writer
        .append(vec![accepted(vec![event("phone-of-carol", 1, 9, 0)])])
        .await
        .unwrap();
    let line = lines(&reader)
        .await
        .into_iter()
        .find(|line| line.contains("phone-of-carol"));
    assert!(line.is_some_and(|line| line.starts_with("customer=anon:phone-of-carol ")));
    writer.compact().await.unwrap();
    writer.close().await.unwrap();
    let writer = common::writer(dir.path()).await;
    assert_eq!(lines(writer.store()).await.len(), 6);
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
}

#[tokio::test]
async fn a_visitor_who_identified_is_erased_with_the_customers_other_visitors() {
    let dir = tempfile::tempdir().unwrap();
    let writer = filled(dir.path()).await;
    let visitor = |name: &str| Person::Visitor(VisitorId::parse(name).unwrap());
    assert_eq!(erase(&writer, &visitor("nobody"), false).await.1, [0, 0]);
    assert_eq!(erase(&writer, &visitor("visitor-z"), false).await.1, [1, 0]);
    assert_eq!(found_in(dir.path(), &["visitor-z"]), Vec::<String>::new());
    let (erased, counts) = erase(&writer, &visitor("desk-of-carol"), false).await;
    assert_eq!(
        (counts, erased.person.customer.as_deref()),
        ([7, 3], Some("carol@shop.example"))
    );
    assert_eq!(found_in(dir.path(), &WORDS), Vec::<String>::new());
    assert_eq!(erased.aside, Vec::<PathBuf>::new());
    assert_eq!(lines(writer.store()).await.len(), 4);
}

#[tokio::test]
async fn files_that_an_erasure_which_was_cut_off_has_left_are_removed_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let writer = filled(dir.path()).await;
    writer.compact().await.unwrap();
    let is_data = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "parquet") && !path.to_string_lossy().contains("_delta_log")
    };
    let before: Vec<_> = files_below(dir.path()).into_iter().filter(is_data).collect();
    let before: Vec<_> = before
        .into_iter()
        .map(|path| (std::fs::read(&path).unwrap(), path))
        .collect();
    erase(&writer, &carol(), false).await;
    let removed = before.iter().filter(|(_, path)| !path.exists());
    for (bytes, path) in removed {
        std::fs::write(path, bytes).unwrap();
    }
    assert_ne!(found_in(dir.path(), &WORDS), Vec::<String>::new());
    assert_eq!(lines(writer.store()).await.len(), 5, "they are hidden all the same");
    erase(&writer, &carol(), false).await;
    assert_eq!(found_in(dir.path(), &WORDS), Vec::<String>::new());
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
}
