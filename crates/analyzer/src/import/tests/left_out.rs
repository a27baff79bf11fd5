//! Rows that the mapping leaves out: counted by reason, and listed in a file that CSV readers read.

use super::*;

/// Leaves out tests, pings and names that it does not list.
const LEAVES_OUT: &str = r#"
name = "visits"
visitor = "who"
when = "state <> 'test'"
group = "visit"
[source]
format = "csv"
[time]
column = "at"
format = "s"
[event]
column = "what"
leave_out = ["ping"]
others = "leave_out"
[event.kinds]
seen = "page_view"
[fields]
url = { constant = "https://shop.example/" }
"#;

/// The notes on an import of `data`, and its list of rows left out: line, reason, value and row.
fn listed(mapping: &str, data: &[u8]) -> (Notes, Vec<[String; 4]>) {
    let folder = tempfile::tempdir().unwrap();
    let (path, list) = (folder.path().join("visits"), folder.path().join("left-out.csv"));
    std::fs::write(&path, data).unwrap();
    std::fs::write(&list, "an earlier list").unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), mapping).unwrap();
    let site = SiteId::parse("site").unwrap();
    let import = Import::open(&path, &mapping, &site, NOW).unwrap();
    let mut import = import.listing_left_out(&list).unwrap();
    for row in import.by_ref() {
        assert!(matches!(row.unwrap(), Imported::Good(_)));
    }
    let mut rows = csv::Reader::from_path(list).unwrap();
    assert_eq!(rows.headers().unwrap(), vec!["file", "line", "reason", "value", "row"]);
    let rows = rows.records().map(|row| {
        let row = row.unwrap();
        assert_eq!(&row[0], "visits");
        [1, 2, 3, 4].map(|at| row[at].to_owned())
    });
    let rows = rows.collect();
    (import.notes(), rows)
}

#[track_caller]
fn check(mapping: &str, data: &str, expected: &[[&str; 4]]) {
    assert_eq!(listed(mapping, data.as_bytes()).1, expected);
}

#[test]
fn rows_are_listed_with_reason_value_and_text() {
    let data = "who,at,what,state,visit\n\
                a,1,seen,live,1\n\
                a,2,ping,live,\n\
                b,3,seen,test,2\n\
                \"b, the\nsecond\",3,seen,test,2\n\
                c,4,\"odd \"\"name\"\"\",live,\n\
                c,5,seen,,\n";
    let (notes, rows) = listed(LEAVES_OUT, data.as_bytes());
    let expected = [
        ["3", "leave_out", "ping", "a,2,ping,live,"],
        ["4", "when", "false", "b,3,seen,test,2"],
        ["5", "when", "false", "\"b, the\nsecond\",3,seen,test,2"],
        ["7", "others", "odd \"name\"", "c,4,\"odd \"\"name\"\"\",live,"],
        ["8", "when", "", "c,5,seen,,"],
    ];
    assert_eq!(rows, expected);
    assert_eq!((notes.rows, notes.left_out), (6, 5));
    let reasons: Vec<_> = notes.left_out_reasons.iter().collect();
    let reason = |rows, first_line, detail: &str| Reason {
        rows,
        first_line,
        detail: detail.to_owned(),
    };
    assert_eq!(
        reasons,
        [
            (&"leave_out", &reason(1, 3, "event \"ping\" is under leave_out")),
            (
                &"others",
                &reason(1, 7, "event \"odd \\\"name\\\"\" is not under [event.kinds]")
            ),
            (&"when", &reason(3, 4, "the condition is false")),
        ]
    );
}

#[test]
fn each_format_lists_the_text_of_its_rows() {
    let mapping = LEAVES_OUT.replace("group = \"visit\"\n", "");
    let words = "who at what state\na 1 seen live\na  2 ping live\n";
    check(
        &mapping.replace("\"csv\"", "\"words\""),
        words,
        &[["3", "leave_out", "ping", "a  2 ping live"]],
    );
    let json = mapping.replace("\"csv\"", "\"json\"");
    let line = r#"{"who": "a", "at": 2, "what": "ping", "state": "live"}"#;
    check(
        &json,
        &format!("{line}\n{line}"),
        &[["1", "leave_out", "ping", line], ["2", "leave_out", "ping", line]],
    );
    let object = "{\"who\": \"a\",\n\"at\": 2, \"what\": \"ping\", \"state\": \"live\"}";
    check(&json, &format!("[{object}]"), &[["1", "leave_out", "ping", object]]);
    // An entry of a list has no text of its own: its row is the object with the entry.
    let each = json
        .replace("\"json\"", "\"json\"\neach = \"visits\"")
        .replace("\"what\"", "\"each.what\"");
    check(
        &each,
        r#"{"who": "a", "at": 2, "visits": [{"what": "seen"}, {"what": "ping"}], "state": "live"}"#,
        &[[
            "1",
            "leave_out",
            "ping",
            r#"{"who":"a","at":2,"state":"live","each":{"what":"ping"}}"#,
        ]],
    );
}

#[test]
fn rows_of_parquet_are_listed_as_what_the_mapping_reads() {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    let text = |text: &str| -> ArrayRef { std::sync::Arc::new(StringArray::from(vec![text])) };
    let batch = RecordBatch::try_from_iter([
        ("who", text("a")),
        ("at", std::sync::Arc::new(Int64Array::from(vec![2])) as ArrayRef),
        ("what", text("ping")),
        ("state", text("live")),
        ("more", text("x")),
    ])
    .unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mapping = LEAVES_OUT
        .replace("group = \"visit\"\n", "")
        .replace("\"csv\"", "\"parquet\"");
    let (_, rows) = listed(&mapping, &file);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][..3], ["1", "leave_out", "ping"]);
    let row: serde_json::Value = serde_json::from_str(&rows[0][3]).unwrap();
    assert_eq!(
        (&row["what"], &row["at"], &row["more"]),
        (&"ping".into(), &2.into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_list_that_cannot_be_written_ends_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("visits");
    let row = "a,2,ping,live,\n";
    std::fs::write(&path, format!("who,at,what,state,visit\n{}", row.repeat(10_000))).unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), LEAVES_OUT).unwrap();
    let open = |list: &Path| {
        let import = Import::open(&path, &mapping, &SiteId::parse("site").unwrap(), NOW).unwrap();
        import.listing_left_out(list)
    };
    let nowhere = folder.path().join("none/left-out.csv");
    let error = open(&nowhere).err().unwrap().to_string();
    let expected = format!("cannot write the rows left out into {}: ", nowhere.display());
    assert!(error.starts_with(&expected), "{error}");

    // A disk that is full.
    let mut import = open(Path::new("/dev/full")).unwrap();
    let error = import.next().unwrap().err().unwrap().to_string();
    assert!(
        error.starts_with("cannot write the rows left out into /dev/full: "),
        "{error}"
    );
    assert!(import.notes().rows < 10_000, "the first error ends it");
    assert!(import.next().is_none());
    // A list that fails only when it is completed.
    std::fs::write(&path, format!("who,at,what,state,visit\n{row}")).unwrap();
    let mut import = open(Path::new("/dev/full")).unwrap();
    assert!(import.next().unwrap().is_err());
    assert!(import.next().is_none());
}
