//! A JSON object a line.

use wayside_model::Value;

use super::{Line, Lines, Next, Rows};
use crate::import::error::Error;
use crate::import::mapping::Column;

/// Rows of a JSONL file. Its objects may differ, so a column that is missing is an empty one.
pub(super) struct JsonRows {
    lines: Lines,
    columns: Vec<String>,
}

impl JsonRows {
    pub(super) fn new(lines: Lines, wanted: &[Column]) -> Self {
        Self {
            lines,
            columns: wanted.iter().map(|column| column.name.clone()).collect(),
        }
    }
}

impl Rows for JsonRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        let (line, text) = loop {
            match self.lines.next()? {
                None => return Ok(Next::End),
                Some(Line::Bad(line, why)) => return Ok(Next::Bad(line, why)),
                Some(Line::Text(_, text)) if text.trim().is_empty() => {}
                Some(Line::Text(line, text)) => break (line, text),
            }
        };
        Ok(match serde_json::from_str::<Value>(&text) {
            Ok(object @ Value::Map(_)) => {
                pick(&object, &self.columns, values);
                Next::Row(line)
            }
            Ok(_) => Next::Bad(line, "the line is no JSON object".into()),
            Err(error) => Next::Bad(line, format!("the line is not JSON: {error}")),
        })
    }
}

/// The values of `columns` in an object.
pub(super) fn pick(object: &Value, columns: &[String], values: &mut Vec<Value>) {
    values.clear();
    values.extend(
        columns
            .iter()
            .map(|column| lookup(object, column).cloned().unwrap_or(Value::Null)),
    );
}

/// The value of a column: a key of its name, else the way along its dots (`user.id`).
fn lookup<'v>(object: &'v Value, column: &str) -> Option<&'v Value> {
    object.get(column).or_else(|| {
        let (outer, inner) = column.split_once('.')?;
        lookup(object.get(outer)?, inner)
    })
}
