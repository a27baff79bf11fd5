//! Mappings and rows as data: one helper runs an import from texts, another shows what a broken mapping says.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use wayside_model::{Field, Kind};

use super::*;

mod json_lists;
mod left_out;
mod parquet_times;
mod refused;

/// 2026-11-21, later than all rows here but those that say so.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

const CSV: &str = r#"
name = "shop"
visitor = "user"
[source]
format = "csv"
[time]
column = "at"
format = "rfc3339"
[event]
column = "what"
"#;

fn import(mapping: &str, data: &[u8]) -> Vec<Imported> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, data).unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), mapping).unwrap();
    let site = SiteId::parse("site").unwrap();
    Import::open(&path, &mapping, &site, NOW)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn good(mapping: &str, data: &str) -> Vec<Event> {
    import(mapping, data.as_bytes())
        .into_iter()
        .map(|row| match row {
            Imported::Good(event) => event,
            Imported::Bad(bad) => panic!("{bad:?}"),
        })
        .collect()
}

#[track_caller]
fn check_mapping(mapping: &str, expected: &str) {
    let error = Mapping::parse("m.toml".as_ref(), mapping).unwrap_err().to_string();
    assert_eq!(error, expected);
}

#[track_caller]
fn check_bad(mapping: &str, data: &str, line: u64, code: &str, detail: &str) {
    let rows = import(mapping, data.as_bytes());
    let bad: Vec<_> = rows
        .iter()
        .filter_map(|row| match row {
            Imported::Bad(bad) => Some(bad),
            Imported::Good(_) => None,
        })
        .collect();
    assert_eq!(bad.len(), 1, "{rows:?}");
    assert_eq!((bad[0].line, bad[0].code, bad[0].detail.as_str()), (line, code, detail));
}

#[test]
fn a_broken_mapping_says_what_where_and_what_to_do() {
    check_mapping(
        "name = \"a\"\nname =",
        "m.toml:2: string values must be quoted, expected literal string",
    );
    check_mapping(
        "",
        "m.toml:1: key `name` is missing; add for example: name = \"shop-export\"",
    );
    check_mapping(
        "name = \"A b\"",
        "m.toml:1: `name`: must be 1 to 64 of a-z, 0-9, - and _",
    );
    check_mapping(
        &format!("visitors = 1{CSV}"),
        "m.toml:1: `visitors`: unknown key; did you mean `visitor`?",
    );
    check_mapping(
        &CSV.replace("\"csv\"", "\"cvs\""),
        "m.toml:5: `source.format`: unknown format \"cvs\"; did you mean \"csv\"? known: csv, words, json, jsonl, parquet",
    );
    check_mapping(
        &CSV.replace("\"csv\"", "\"csv\"\ndelimeter = \";\""),
        "m.toml:6: `source.delimeter`: unknown key; did you mean `delimiter`?",
    );
    check_mapping(
        &CSV.replace("\"csv\"", "\"csv\"\ndelimiter = \"ab\""),
        "m.toml:6: `source.delimiter`: must be one ASCII character, for example \";\" or \"\\t\"",
    );
    check_mapping(
        &CSV.replace("\"csv\"", "\"csv\"\nheader = false"),
        "m.toml:4: `source`: without a header, `columns` must name each column in order",
    );
    check_mapping(
        &CSV.replace("\"rfc3339\"", "\"rfc\""),
        "m.toml:8: `time.format`: unknown time format \"rfc\"; use \"rfc3339\", \"s\", \"ms\", \"us\", \"ns\", \"spreadsheet\" or a pattern such as \"%Y-%m-%d %H:%M:%S\"",
    );
    check_mapping(
        &CSV.replace("\"rfc3339\"", "\"rfc3339\"\nzone = \"Mars/Base\""),
        "m.toml:9: `time.zone`: unknown time zone \"Mars/Base\"; use an IANA name such as \"Europe/Berlin\"",
    );
    check_mapping(
        &CSV.replace("column = \"what\"", ""),
        "m.toml:9: `event`: needs `column` (which column names the event) or `always` (what every row is), for example always = \"purchase\"",
    );
    check_mapping(
        &format!("{CSV}[fields]\nvalu = \"x\""),
        "m.toml:12: `fields.valu`: unknown field; did you mean `value`? A property of your own belongs under [props]",
    );
    check_mapping(
        &format!("{CSV}[fields]\nquantity = \"x\""),
        "m.toml:12: `fields.quantity`: is a field of an item; put it under [item]",
    );
    check_mapping(
        &format!("{CSV}[fields]\nvalue = {{ colum = \"x\" }}"),
        "m.toml:12: `fields.value`: needs exactly one of `column`, `constant`, `template` and `sql`",
    );
    check_mapping(
        &format!("{CSV}[fields]\nurl = {{ template = \"/{{x\" }}"),
        "m.toml:12: `fields.url.template`: a `{` is never closed; write a column's name between { and }",
    );
    check_mapping(
        &format!("{CSV}[event.kinds]\na = {{ kind = \"login\", value = 1 }}"),
        "m.toml:12: `event.kinds.a.value`: login has no such field; it has: method",
    );
    check_mapping(
        &format!("{CSV}[event.kinds]\na = {{ kind = \"nps\", score = \"ten\" }}"),
        "m.toml:12: `event.kinds.a.score`: field score must be a whole number",
    );
    check_mapping(
        &format!("{CSV}[event.kinds]\na = \" outer space\""),
        "m.toml:12: `event.kinds.a`: \" outer space\" cannot name a touchpoint: 1 to 64 characters without control characters or spaces at its ends",
    );
    check_mapping(
        &format!("{CSV}[fields]\nvalue = {{ sql = \"cents /\" }}"),
        "m.toml:12: `fields.value.sql`: cannot read this SQL: sql parser error: Expected: an expression, found: EOF",
    );
    check_mapping(
        &format!("equal_rows = \"twice\"{CSV}"),
        "m.toml:1: `equal_rows`: must be \"keep\" or \"once\"",
    );
    check_mapping(
        &format!("id = \"event_id\"\nequal_rows = \"once\"{CSV}"),
        "m.toml:2: `equal_rows`: rows are told apart by `id`; leave this out",
    );
}

#[test]
fn an_unknown_column_is_named_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::write(&path, "user,att,what\n").unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), CSV).unwrap();
    let error = Import::open(&path, &mapping, &SiteId::parse("s").unwrap(), NOW)
        .err()
        .unwrap()
        .to_string();
    let place = format!("m.toml:7: `time.column`: {} has no column \"at\";", path.display());
    assert_eq!(error, format!("{place} did you mean \"att\"? it has: user, att, what"));
}

#[test]
fn rows_become_touchpoints_with_fields_items_and_properties() {
    let mapping = format!(
        "{CSV}[event.kinds]\nbought = \"purchase\"\nchat = {{ kind = \"support_contact\", contact_channel = \"chat\" }}\n\
         [fields]\nvalue = \"sum\"\ncurrency = {{ constant = \"EUR\" }}\nurl = {{ template = \"https://x.example/{{what}}\" }}\n\
         source_channel = {{ column = \"via\", values = {{ mail = \"Email\" }} }}\n\
         [item]\nitem_id = \"sku\"\nquantity = {{ constant = 2 }}\n[props]\norigin = \"what\"\n"
    );
    let events = good(
        &mapping,
        "user,at,what,sum,via,sku\n\
         u1,2024-01-01T00:00:00Z,bought,19.90,mail,mug\n\
         u1,2024-01-01 01:00:00+01:00,chat,5,other,\n\
         u1,2024-01-01T02:00:00,page_view,,,\n\
         u1,2024-01-01T03:00:00Z,wheel_spun,,,\n",
    );
    let fields = |at: usize| events[at].touchpoint.fields();
    assert_eq!(events[0].touchpoint.kind(), Kind::Purchase);
    assert_eq!(fields(0).int(Field::Value), Some(19_900_000));
    assert_eq!(fields(0).text(Field::Currency), Some("EUR"));
    assert_eq!(fields(0).text(Field::SourceChannel), Some("Email"));
    assert_eq!(
        fields(0).text(Field::Url),
        None,
        "a template is for kinds that have the field"
    );
    let items = fields(0).get(Field::Items).unwrap().to_value();
    assert_eq!(items.list()[0].get("item_id"), Some(&Value::from("mug")));
    assert_eq!(items.list()[0].get("quantity"), Some(&Value::Int(2)));
    assert_eq!(events[1].time, events[0].time, "an offset is read");
    assert_eq!(fields(1).text(Field::ContactChannel), Some("chat"));
    assert_eq!(
        fields(1).text(Field::SourceChannel),
        Some("other"),
        "a value without another word stays"
    );
    let props = fields(1).get(Field::Props).unwrap().to_value();
    assert_eq!(
        props.get("value"),
        Some(&Value::from("5")),
        "a column the kind has no field for is kept"
    );
    assert_eq!(
        events[2].touchpoint.kind(),
        Kind::PageView,
        "a kind's own name needs no line in the mapping"
    );
    assert_eq!(events[3].touchpoint.name(), "wheel_spun");
    assert_eq!(events[3].time.millis(), 1_704_078_000_000);
}

#[test]
fn a_bad_row_is_a_dead_letter_with_line_and_reason() {
    let head = "user,at,what\n";
    let row = |text: &str| format!("{head}u,2024-01-01T00:00:00Z,login\n{text}\nu,2024-01-02T00:00:00Z,login\n");
    check_bad(
        CSV,
        &row("u,2024-01-01T00:00:00Z"),
        3,
        "row",
        "the row has 2 cells where 3 are named",
    );
    check_bad(
        CSV,
        &row(",2024-01-01T00:00:00Z,login"),
        3,
        "visitor_id",
        "the visitor is nothing",
    );
    check_bad(
        CSV,
        &row("u,yesterday,login"),
        3,
        "time",
        "\"yesterday\" is no RFC 3339 time",
    );
    check_bad(CSV, &row("u,,login"), 3, "time", "the time is empty");
    check_bad(
        CSV,
        &row("u,2027-01-01T00:00:00Z,login"),
        3,
        "time",
        "\"2027-01-01T00:00:00Z\" is in the future",
    );
    check_bad(
        CSV,
        &row("u,1969-01-01T00:00:00Z,login"),
        3,
        "time",
        "\"1969-01-01T00:00:00Z\" is outside 1970 to 2200",
    );
    check_bad(
        CSV,
        &row(&format!("u,2024-01-01T00:00:00Z,{}", "a".repeat(65))),
        3,
        "name",
        &format!(
            "event {:?}: a name must be 1 to 64 characters without control characters or spaces at its ends",
            "a".repeat(65)
        ),
    );
    check_bad(
        CSV,
        &row("u,2024-01-01T00:00:00Z,search"),
        3,
        "field_missing",
        "search: field search_term is missing",
    );
    let refuse = CSV.replace(
        "column = \"what\"",
        "column = \"what\"\nothers = \"refuse\"\nkinds = { login = \"login\" }",
    );
    check_bad(
        &refuse,
        &row("u,2024-01-01T00:00:00Z,logout"),
        3,
        "name",
        "event \"logout\" is not under [event.kinds]",
    );
    let jsonl = CSV.replace("\"csv\"", "\"jsonl\"");
    let line = r#"{"user":"u","at":"2024-01-01T00:00:00Z","what":"login"}"#;
    check_bad(
        &jsonl,
        &format!("{line}\n[1]\n{line}"),
        2,
        "row",
        "this is no JSON object",
    );
    check_bad(
        &jsonl,
        &format!("{line}\n\n{{\"user\":\n"),
        3,
        "row",
        "this is not JSON: EOF while parsing a value at line 1 column 8",
    );
}

#[test]
fn the_length_of_input_is_limited() {
    let long = "x".repeat(2 * 1024 * 1024);
    let jsonl = CSV.replace("\"csv\"", "\"jsonl\"");
    let line = r#"{"user":"u","at":"2024-01-01T00:00:00Z","what":"login"}"#;
    check_bad(
        &jsonl,
        &format!("{line}\n{long}\n{line}\n"),
        2,
        "row",
        "the row is longer than 1048576 bytes",
    );

    check_bad(
        CSV,
        &format!("user,at,what\nu,2024-01-01T00:00:00Z,login\nu,\"{long}\nu,2024-01-01T00:00:01Z,login"),
        3,
        "row",
        "the row is longer than 1048576 bytes",
    );
}

#[test]
fn a_cut_gzip_file_is_an_error_that_keeps_what_came_before() {
    let mut csv = String::from("user,at,what\n");
    (0..20_000).for_each(|n| csv.push_str(&format!("user-{n},2024-01-01T00:00:00Z,login\n")));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(import(CSV, &bytes).len(), 20_000);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv.gz");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), CSV).unwrap();
    let rows: Vec<_> = Import::open(&path, &mapping, &SiteId::parse("s").unwrap(), NOW)
        .unwrap()
        .collect();
    let (last, before) = rows.split_last().unwrap();
    assert!(before.len() > 1_000 && before.iter().all(|row| matches!(row, Ok(Imported::Good(_)))));
    assert!(
        last.as_ref()
            .unwrap_err()
            .to_string()
            .contains("importing the repaired file doubles none")
    );
}

#[test]
fn identity_is_the_same_in_every_import_and_in_every_file() {
    let head = "user,at,what\n";
    let rows = [
        "a,2024-01-01T00:00:00Z,login\n",
        "b,2024-01-01T00:00:00Z,login\n",
        "a,2024-01-01T00:00:00Z,share\n",
    ];
    let next = "a,2024-01-02T00:00:00Z,login\n";
    let ids = |text: String| good(CSV, &text).iter().map(|event| event.id).collect::<Vec<_>>();
    let first = ids(format!("{head}{}", rows.concat()));
    assert_eq!(first, ids(format!("{head}{}", rows.concat())));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 3, "rows differ");
    let grown = ids(format!("{head}{}{next}", rows.concat()));
    assert_eq!(grown[..3], first);
    assert_eq!(
        ids(format!("{head}{}{}", next, rows[2])),
        [grown[3], first[2]],
        "a row is the same in another file and at another place"
    );
    let moved = ids("what,empty,at,user\nlogin,,2024-01-02T00:00:00Z,a\n".into());
    assert_eq!(moved, grown[3..], "columns may move, and empty ones may be added");
    let renamed = good(&CSV.replace("\"shop\"", "\"other\""), &format!("{head}{next}"));
    assert_ne!(renamed[0].id, grown[3]);
    assert_eq!(
        first
            .iter()
            .map(|id| id.writer.0 >> wayside_model::event::ROW_HASH_BITS)
            .collect::<BTreeSet<_>>()
            .len(),
        1,
        "one source"
    );
}

#[test]
fn equal_rows_count_as_the_mapping_says() {
    let file = "user,at,what,note\na,2024-01-01T00:00:00Z,login,x\na,2024-01-01T00:00:00Z,login,x\na,2024-01-01T00:00:00Z,login,y\n";
    let ids = |mapping: &str| {
        good(mapping, file)
            .iter()
            .map(|event| event.id)
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!(ids(CSV), 3, "two equal touchpoints happened");
    assert_eq!(
        ids(&format!("equal_rows = \"once\"{CSV}")),
        2,
        "a column that is not read tells rows apart too"
    );
    assert_eq!(ids(&format!("id = \"note\"{CSV}")), 2, "the source knows its rows");
}

#[test]
fn rows_of_one_time_keep_their_files_order() {
    let mut events = good(
        CSV,
        "user,at,what\na,2024-01-01T00:00:00Z,purchase\na,2024-01-01T00:00:00Z,add_to_cart\na,2024-01-01T00:00:00Z,view_item\n",
    );
    let names = |events: &[Event]| {
        events
            .iter()
            .map(|event| event.touchpoint.name().to_owned())
            .collect::<Vec<_>>()
    };
    let file = names(&events);
    events.reverse();
    wayside_model::event::sort_canonical(&mut events);
    assert_eq!(names(&events), file);
}

#[test]
fn a_customer_is_identified_once_before_the_first_row_that_names_them() {
    let mapping = CSV.replace("visitor = \"user\"", "visitor = \"user\"\ncustomer = \"mail\"");
    let events = good(
        &mapping,
        "user,at,what,mail\nu,2024-01-01T00:00:00Z,login,\nu,2024-01-02T00:00:00Z,login,c@x\nu,2024-01-03T00:00:00Z,login,c@x\n",
    );
    let names: Vec<_> = events.iter().map(|event| event.touchpoint.name()).collect();
    assert_eq!(names, ["login", "identify", "login", "login"]);
    assert_eq!(events[1].touchpoint.fields().text(Field::CustomerId), Some("c@x"));
    assert_eq!(events[1].time, events[2].time);
}

#[test]
fn times_are_read_as_the_mapping_says() {
    let read = |format: &str, zone: &str, at: &str| {
        let zone = format!("\"{format}\"\nzone = \"{zone}\"");
        let mapping = CSV.replace("\"rfc3339\"", &zone);
        good(&mapping, &format!("user,at,what\nu,{at},login\n"))[0]
            .time
            .millis()
    };
    assert_eq!(read("s", "UTC", "1704067200"), 1_704_067_200_000);
    assert_eq!(read("s", "UTC", "1704067200.25"), 1_704_067_200_250);
    assert_eq!(read("ms", "UTC", "1704067200001"), 1_704_067_200_001);
    assert_eq!(read("us", "UTC", "1704067200001999"), 1_704_067_200_001);
    assert_eq!(read("%Y%m%d", "UTC", "20240101"), 1_704_067_200_000);
    assert_eq!(
        read("%Y-%m-%d %H:%M:%S", "UTC", "2024-01-01 00:00:00"),
        1_704_067_200_000
    );
    assert_eq!(
        read("%Y-%m-%d %H:%M:%S", "Europe/Berlin", "2024-01-01 01:00:00"),
        1_704_067_200_000
    );
    assert_eq!(
        read("%d.%m.%Y %H:%M %z", "Europe/Berlin", "01.01.2024 02:00 +0200"),
        1_704_067_200_000
    );
    assert_eq!(read("spreadsheet", "UTC", "45292"), 1_704_067_200_000);
    assert_eq!(read("spreadsheet", "Europe/Berlin", "45292.5"), 1_704_106_800_000);
    // The hour that the clock skips in Berlin in spring, and the one it shows twice in autumn.
    assert_eq!(
        read("rfc3339", "Europe/Berlin", "2024-03-31T02:30:00"),
        1_711_848_600_000
    );
    assert_eq!(
        read("rfc3339", "Europe/Berlin", "2024-10-27T02:30:00"),
        1_729_989_000_000
    );
}

#[test]
fn jsonl_columns_are_keys_or_ways_into_objects() {
    let mapping = CSV
        .replace("\"csv\"", "\"jsonl\"")
        .replace("visitor = \"user\"", "visitor = \"user.id\"")
        .replace("\"rfc3339\"", "\"ms\"");
    let mapping = format!("{mapping}[fields]\nitems = \"cart\"\n");
    let events = good(
        &mapping,
        "{\"user\":{\"id\":7},\"at\":1704067200000,\"what\":\"add_to_cart\",\"cart\":[{\"item_id\":\"mug\"}]}\n",
    );
    assert_eq!(events[0].visitor.as_str(), "7");
    assert_eq!(
        events[0]
            .touchpoint
            .fields()
            .get(Field::Items)
            .unwrap()
            .to_value()
            .list()
            .len(),
        1
    );
}

#[test]
fn the_shipped_mappings_read_their_files_whole() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    for (mapping, file, rows, visitors) in [
        ("ecom/ecom.toml", "ecom/ecom.csv.gz", 31_106, 600),
        ("cdnow/cdnow.toml", "cdnow/CDNOW_sample.txt", 6_919, 2_357),
    ] {
        let mapping = Mapping::load(&data.join(mapping)).unwrap();
        let import = Import::open(&data.join(file), &mapping, &SiteId::parse("s").unwrap(), NOW).unwrap();
        let events: Vec<_> = import
            .map(|row| match row.unwrap() {
                Imported::Good(event) => event,
                Imported::Bad(bad) => panic!("{file}: {bad:?}"),
            })
            .collect();
        assert_eq!(events.len(), rows, "{file}");
        assert_eq!(
            events.iter().map(|event| &event.visitor).collect::<BTreeSet<_>>().len(),
            visitors,
            "{file}"
        );
        assert_eq!(
            events.iter().map(|event| event.id).collect::<BTreeSet<_>>().len(),
            rows,
            "{file}: identities differ"
        );
    }
    let mapping = Mapping::load(&data.join("cdnow/cdnow-master.toml")).unwrap();
    assert_eq!(
        mapping.name(),
        "cdnow",
        "the same name gives the same identities as the sample's mapping"
    );
}

#[test]
fn parquet_columns_are_read_as_what_they_are() {
    use arrow::array::{ArrayRef, Decimal128Array, Int64Array, StringArray, StructArray, TimestampMicrosecondArray};
    use arrow::datatypes::{DataType, Field as ArrowField};
    use arrow::record_batch::RecordBatch;
    use parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let who: ArrayRef = Arc::new(StructArray::from(vec![(
        Arc::new(ArrowField::new("id", DataType::Int64, false)),
        Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef,
    )]));
    let at = TimestampMicrosecondArray::from(vec![1_704_067_200_000_000, 1_704_067_201_500_000]).with_timezone("UTC");
    let sum = Decimal128Array::from(vec![Some(1_990), None])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let batch = RecordBatch::try_from_iter([
        ("user", who),
        ("at", Arc::new(at) as ArrayRef),
        ("what", text(&["purchase", "view_cart"])),
        ("sum", Arc::new(sum)),
        ("unread", text(&["x", "y"])),
    ])
    .unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let mapping = CSV
        .replace("\"csv\"", "\"parquet\"")
        .replace("visitor = \"user\"", "visitor = \"user.id\"");
    let mapping = format!("{mapping}[fields]\nvalue = \"sum\"\n");
    let rows = import(&mapping, &file);
    let events: Vec<_> = rows
        .iter()
        .map(|row| match row {
            Imported::Good(event) => event,
            Imported::Bad(bad) => panic!("{bad:?}"),
        })
        .collect();
    assert_eq!(
        events.iter().map(|event| event.visitor.as_str()).collect::<Vec<_>>(),
        ["7", "8"]
    );
    assert_eq!(events[1].time.millis(), 1_704_067_201_500);
    assert_eq!(events[0].touchpoint.fields().int(Field::Value), Some(19_900_000));
    assert_eq!(events[1].touchpoint.fields().int(Field::Value), None);
}

#[test]
fn the_documented_mapping_is_one() {
    let docs = include_str!("../../../../docs/import.md");
    let (_, behind) = docs.split_once("```toml\n").unwrap();
    let (mapping, _) = behind.split_once("```").unwrap();
    Mapping::parse("docs/import.md".as_ref(), mapping).unwrap();
}

#[test]
fn ids_of_64_bits_are_kept_to_the_last_digit() {
    use arrow::array::{ArrayRef, StringArray, UInt64Array};
    use arrow::record_batch::RecordBatch;
    use parquet::arrow::ArrowWriter;

    let jsonl = CSV.replace("\"csv\"", "\"json\"");
    let line = r#"{"user":18446744073709551615,"at":"2024-01-01T00:00:00Z","what":"login"}"#;
    assert_eq!(good(&jsonl, line)[0].visitor.as_str(), "18446744073709551615");

    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("user", Arc::new(UInt64Array::from(vec![u64::MAX - 1])) as ArrayRef),
        ("at", text("2024-01-01T00:00:00Z")),
        ("what", text("login")),
    ])
    .unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let rows = import(&CSV.replace("\"csv\"", "\"parquet\""), &file);
    let [Imported::Good(event)] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(event.visitor.as_str(), "18446744073709551614");
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        let data = ["user,at,what", "u,2024-01-01T00:00:00Z,login", "", "u,never,login", ""].join(end);
        check_bad(CSV, &data, 4, "time", "\"never\" is no RFC 3339 time");
    }
}

#[test]
fn a_quote_that_closes_in_another_row_costs_its_own_line_only() {
    let at = "2024-01-01T00:00:00Z";
    let data = format!("user,at,what\nu,{at},\"login\nu,{at},login\nu,{at},\"share\"\n");
    check_bad(CSV, &data, 2, "row", "there is text behind a closing quote, in cell 3");
    let rows = import(CSV, data.as_bytes());
    let good = rows.iter().filter(|row| matches!(row, Imported::Good(_))).count();
    assert_eq!((rows.len(), good), (3, 2), "{rows:?}");
}

#[test]
fn rows_of_a_group_are_one_touchpoint_with_their_items() {
    let mapping = format!(
        "group = \"order\"{CSV}[fields]\ntransaction_id = \"order\"\nvalue = \"total\"\n[item]\nitem_id = \"sku\"\n"
    );
    let events = good(
        &mapping,
        "user,at,what,order,total,sku\n\
         u,2024-01-01T00:00:00Z,purchase,1,30,a\n,,,1,,b\n\
         u,2024-01-01T00:00:00Z,purchase,2,5,c\n\
         u,2024-01-02T00:00:00Z,purchase,,7,d\nu,2024-01-02T00:00:00Z,purchase,,8,e\n",
    );
    let items = |event: &Event| {
        event
            .touchpoint
            .fields()
            .get(Field::Items)
            .unwrap()
            .to_value()
            .list()
            .len()
    };
    assert_eq!(
        events.iter().map(items).collect::<Vec<_>>(),
        [2, 1, 1, 1],
        "rows without a number are on their own"
    );
    assert_eq!(events[0].touchpoint.fields().int(Field::Value), Some(30_000_000));
}

#[test]
fn rows_are_left_out_or_refused_as_the_mapping_says() {
    let mapping =
        format!("when = \"n > 1\"{CSV}leave_out = [\"ping\"]\n[props]\nn = {{ sql = \"CAST(n AS BIGINT)\" }}\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let head = "user,at,what,n\n";
    let rows = ["1", "2", "x", "3"]
        .map(|n| format!("u,2024-01-01T00:00:00Z,login,{n}\n"))
        .concat();
    std::fs::write(&path, format!("{head}{rows}u,2024-01-01T00:00:00Z,ping,9\n")).unwrap();
    let mapping = Mapping::parse("m.toml".as_ref(), &mapping).unwrap();
    let mut import = Import::open(&path, &mapping, &SiteId::parse("s").unwrap(), NOW).unwrap();
    let (mut good, mut bad) = (0, Vec::new());
    for row in import.by_ref() {
        match row.unwrap() {
            Imported::Good(_) => good += 1,
            Imported::Bad(row) => bad.push((row.line, row.detail)),
        }
    }
    assert_eq!(good, 2);
    assert_eq!(import.notes().left_out, 2);
    // One row in which the expression fails costs no other.
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert_eq!(bad[0].0, 4);
    assert!(bad[0].1.contains("m.toml:13: `props.n.sql`: "), "{}", bad[0].1);
}

#[test]
fn any_bytes_are_rows_or_told() {
    use proptest::prelude::*;
    let pieces = prop::collection::vec(
        prop::sample::select(vec![
            "u",
            ",",
            "\"",
            "\"\"",
            "\n",
            "\r\n",
            "2024-01-01T00:00:00Z",
            "login",
            "{",
            "}",
            "[",
            "]",
            ":",
            "\"user\"",
            "\\",
            " ",
            "\u{feff}",
            "é",
        ]),
        0..60,
    );
    proptest!(ProptestConfig { cases: 256, ..ProptestConfig::default() }, |(pieces in pieces, format in 0..3usize)| {
        let format = ["csv", "words", "json"][format];
        let mapping = CSV.replace("\"csv\"", &format!("\"{format}\"\nmissing_columns = \"empty\""));
        check_any(&mapping, format!("user,at,what\n{}", pieces.concat()).as_bytes());
    });
}

#[test]
fn nothing_crashes_on_what_fuzzing_once_found() {
    let files = |target: &str| -> Vec<PathBuf> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/crashers");
        let entries = std::fs::read_dir(folder.join(target)).unwrap();
        let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!files.is_empty());
        files
    };
    for file in files("import") {
        let bytes = std::fs::read(&file).unwrap();
        let at = bytes.iter().position(|byte| *byte == 0).unwrap();
        let mapping = std::str::from_utf8(&bytes[..at]).unwrap();
        Mapping::parse(&file, mapping).unwrap();
        check_any(mapping, &bytes[at + 1..]);
    }
    type Check = fn(&[u8]);
    let targets: [(&str, Check); 3] = [
        ("import_csv", check_csv),
        ("import_json", check_json),
        ("import_value", check_value),
    ];
    for (target, check) in targets {
        for file in files(target) {
            check(&std::fs::read(&file).unwrap());
        }
    }
}
