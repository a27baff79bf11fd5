//! Lists of JSON: cut off, and with a list in each object whose entries are rows.

use super::*;

const JSON: &str = r#"
name = "visits"
visitor = "id"
[source]
format = "json"
each = "actions"
[time]
column = "each.at"
format = "ms"
[event]
always = "login"
"#;

/// How many rows come before the error, and the error.
fn read(mapping: &str, data: &str) -> (usize, Option<String>, Notes) {
    let mapping = Mapping::parse("m.toml".as_ref(), mapping).unwrap();
    let rows = source::read("data".into(), Box::new(std::io::Cursor::new(data.to_owned())), &mapping).unwrap();
    let mut import = Import::over(rows, mapping, &SiteId::parse("site").unwrap(), NOW, "data");
    let (mut good, mut error) = (0, None);
    for row in import.by_ref() {
        match row {
            Ok(Imported::Good(_)) => good += 1,
            Ok(Imported::Bad(bad)) => panic!("{bad:?}"),
            Err(found) => error = Some(found.to_string()),
        }
    }
    (good, error, import.notes())
}

#[test]
fn a_list_that_is_cut_off_between_objects_is_an_error() {
    let plain = JSON.replace("each = \"actions\"\n", "").replace("each.at", "at");
    for cut in [
        "[",
        "[\n{\"id\":1,\"at\":5}",
        "[{\"id\":1,\"at\":5},",
        "[{\"id\":1,\"at\":5},\n\n",
    ] {
        let (good, error, _) = read(&plain, cut);
        assert_eq!(good, usize::from(cut.contains('{')), "{cut}");
        let error = error.unwrap_or_else(|| panic!("{cut:?} is read as a whole list"));
        assert!(error.contains("the list never ends; is the file cut off?"), "{error}");
    }
    for whole in [
        "[{\"id\":1,\"at\":5}]",
        "[\n{\"id\":1,\"at\":5}\n]\n",
        "{\"id\":1,\n\"at\":5}\n",
    ] {
        let (good, error, _) = read(&plain, whole);
        assert_eq!((good, error), (1, None), "{whole}");
    }
}

#[test]
fn entries_of_a_list_are_rows_with_the_rest_of_their_object() {
    let data = r#"{"id":1,"actions":[{"at":5},{"at":6}]}
{"id":2,"actions":[]}
{"id":3}
{"id":4,"actions":[{"at":7}]}"#;
    let (good, error, notes) = read(JSON, data);
    assert_eq!((good, error), (3, None));
    assert_eq!(notes.never_found, [""; 0]);
}

#[test]
fn a_list_that_no_object_has_is_named() {
    let data = r#"{"id":1,"action":[{"at":5}]}"#;
    assert_eq!(read(JSON, data).2.never_found, ["actions"]);
}

#[test]
fn rows_of_a_large_object_are_made_one_by_one() {
    // As many copies of the object would take 50 GB.
    let data = format!(
        r#"{{"id":1,"note":"{}","actions":[{}]}}"#,
        "x".repeat(500_000),
        vec!["1"; 100_000].join(",")
    );
    let mapping = JSON
        .replace("visitor", "id = \"id\"\nvisitor")
        .replace("each.at", "each");
    let (good, error, _) = read(&mapping, &data);
    assert_eq!((good, error), (100_000, None));
}
