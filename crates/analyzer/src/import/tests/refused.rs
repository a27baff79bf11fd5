//! Refused rows: each is a dead letter of its own, with its content.

use super::*;

/// Imports `data` as a file of this name and gives its dead letters.
fn refused(mapping: &str, file: &str, data: &str) -> Vec<BadRow> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::write(&path, data).unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), mapping).unwrap();
    let import = Import::open(&path, &mapping, &SiteId::parse("site").unwrap(), NOW).unwrap();
    let bad = import.filter_map(|row| match row.unwrap() {
        Imported::Bad(bad) => Some(bad),
        Imported::Good(_) => None,
    });
    bad.collect()
}

/// The dead letters of `first` in one file and `second` in another: all are apart, have a text, and come again as the same.
#[track_caller]
fn check_apart(mapping: &str, first: &str, second: &str, rows: usize) {
    let earlier = refused(mapping, "first", first);
    let later = refused(mapping, "second", second);
    let all = || earlier.iter().chain(&later);
    assert_eq!(all().count(), rows);
    let ids: BTreeSet<EventId> = all().map(|bad| bad.id).collect();
    assert_eq!(ids.len(), rows, "{ids:?}");
    assert!(all().all(|bad| bad.raw.is_some()));
    assert_eq!(refused(mapping, "first", first), earlier);
}

#[test]
fn rows_with_an_empty_id_are_kept_apart() {
    let mapping = CSV.replace("visitor", "id = \"number\"\nvisitor");
    let first = "number,user,at,what\n,u,2024-01-01T00:00:00Z,search\n,w,2024-01-01T00:00:00Z,search\n";
    // Rows that are equal in all that the mapping reads are rows too.
    let second = "number,user,at,what,note\n,u,2024-01-01T00:00:00Z,search,a\n,u,2024-01-01T00:00:00Z,search,b\n";
    check_apart(&mapping, first, second, 4);
    let bad = &refused(&mapping, "first", first)[1];
    assert_eq!(bad.code, "id");
    assert_eq!(
        bad.raw.as_deref(),
        Some(r#"{"user":"w","number":null,"at":"2024-01-01T00:00:00Z","what":"search"}"#)
    );
}

#[test]
fn rows_in_which_an_expression_fails_are_kept_apart() {
    let mapping = format!("{CSV}[fields]\nvalue = {{ sql = \"CAST(sum AS BIGINT)\" }}\n");
    let row = |sum: &str| format!("user,at,what,sum\nu,2024-01-01T00:00:00Z,purchase,{sum}\n");
    check_apart(&mapping, &row("x"), &row("y"), 2);
    let bad = &refused(&mapping, "first", &row("x"))[0];
    assert!(bad.raw.as_ref().unwrap().contains(r#""sum":"x""#), "{bad:?}");
}

#[test]
fn lines_that_are_too_long_are_kept_apart_with_their_beginning() {
    let long = |first: char| format!("user,at,what\n{}\n", first.to_string().repeat(1_100_000));
    check_apart(CSV, &long('a'), &long('b'), 2);
    let raw = refused(CSV, "first", &long('a'))[0].raw.clone().unwrap();
    assert_eq!(raw, "a".repeat(4_096));
    let json = CSV.replace("\"csv\"", "\"json\"");
    let good = r#"{"user":"u","at":"2024-01-01T00:00:00Z","what":"login"}"#;
    let long = |first: char| long(first).replace("user,at,what", good);
    check_apart(&json, &long('a'), &long('b'), 2);
}

#[test]
fn lines_of_words_that_are_not_text_are_kept_with_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, b"user at what\nu\xff 2024-01-01T00:00:00Z search\n").unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), &CSV.replace("\"csv\"", "\"words\"")).unwrap();
    let mut import = Import::open(&path, &mapping, &SiteId::parse("site").unwrap(), NOW).unwrap();
    match import.next() {
        Some(Ok(Imported::Bad(bad))) => {
            assert_eq!(bad.raw.as_deref(), Some("u\u{fffd} 2024-01-01T00:00:00Z search"));
        }
        other => panic!("{other:?}"),
    }
}
