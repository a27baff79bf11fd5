//! Reading a TOML file key by key, so that every complaint names its file, line and key.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Error;
use super::nearest::nearest;

/// The file as it was read: what messages point into.
pub(super) struct Doc<'t> {
    file: String,
    text: &'t str,
}

/// One table of the file. It remembers which keys were asked for, so that the rest can be named as unknown.
pub(super) struct Section<'d, 't> {
    doc: &'d Doc<'t>,
    path: String,
    at: usize,
    table: &'d DeTable<'t>,
    known: Vec<&'static str>,
}

/// One value of the file with the key it stands under.
#[derive(Clone)]
pub(super) struct Node<'d, 't> {
    doc: &'d Doc<'t>,
    path: String,
    at: usize,
    value: &'d DeValue<'t>,
}

impl<'t> Doc<'t> {
    /// The file `path` with what stands in it.
    pub(super) fn new(path: &Path, text: &'t str) -> Self {
        Self {
            file: path.display().to_string(),
            text,
        }
    }

    /// The file parsed, or where it is not TOML.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'t>>, Error> {
        DeTable::parse(self.text)
            .map_err(|error| self.error(error.span().map_or(0, |span| span.start), "", error.message()))
    }

    /// Its outermost table.
    pub(super) fn root<'d>(&'d self, table: &'d Spanned<DeTable<'t>>) -> Section<'d, 't> {
        Section {
            doc: self,
            path: String::new(),
            at: 0,
            table: table.get_ref(),
            known: Vec::new(),
        }
    }

    fn error(&self, at: usize, path: &str, message: &str) -> Error {
        let line = 1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count();
        let key = if path.is_empty() {
            String::new()
        } else {
            format!("`{path}`: ")
        };
        Error::mapping(format!("{}:{line}: {key}{}", self.file, message.trim_end()))
    }
}

impl<'d, 't> Section<'d, 't> {
    /// The value under `key`, if any.
    pub(super) fn key(&mut self, key: &'static str) -> Option<Node<'d, 't>> {
        self.known.push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some(self.node(name, value))
    }

    /// The value under `key`; its absence is an error that shows `example`.
    pub(super) fn required(&mut self, key: &'static str, example: &str) -> Result<Node<'d, 't>, Error> {
        match self.key(key) {
            Some(node) => Ok(node),
            None => Err(self.error(&format!("key `{key}` is missing; add for example: {example}"))),
        }
    }

    /// Every key with its value, for tables whose keys are the user's own words.
    pub(super) fn entries(&self) -> Vec<(Node<'d, 't>, &'d str)> {
        self.table
            .iter()
            .map(|(name, value)| (self.node(name, value), name.get_ref().as_ref()))
            .collect()
    }

    /// Names the first key that nothing asked for.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Some((name, value)) = self
            .table
            .iter()
            .find(|(name, _)| !self.known.contains(&name.get_ref().as_ref()))
        else {
            return Ok(());
        };
        let hint = nearest(name.get_ref(), self.known.iter().copied()).map_or_else(
            || format!("known here: {}", self.known.join(", ")),
            |known| format!("did you mean `{known}`?"),
        );
        Err(self.node(name, value).error(&format!("unknown key; {hint}")))
    }

    /// An error about the table itself.
    pub(super) fn error(&self, message: &str) -> Error {
        self.doc.error(self.at, &self.path, message)
    }

    fn node(&self, name: &'d Spanned<std::borrow::Cow<'t, str>>, value: &'d Spanned<DeValue<'t>>) -> Node<'d, 't> {
        let path = if self.path.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{}.{}", self.path, name.get_ref())
        };
        Node {
            doc: self.doc,
            path,
            at: name.span().start,
            value: value.get_ref(),
        }
    }
}

impl<'d, 't> Node<'d, 't> {
    /// Its text.
    pub(super) fn text(&self) -> Result<&'d str, Error> {
        self.value.as_str().ok_or_else(|| self.wrong_type("text in quotes"))
    }

    /// True or false.
    pub(super) fn bool(&self) -> Result<bool, Error> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("true or false"))
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        self.value.as_array().is_some()
    }

    /// The tables of a list of tables.
    pub(super) fn sections(&self) -> Result<Vec<Section<'d, 't>>, Error> {
        let wrong = || self.wrong_type("tables, each under its own [[ ]]");
        let list = self.value.as_array().ok_or_else(wrong)?;
        let mut sections = Vec::new();
        for (number, item) in list.iter().enumerate() {
            let node = Node {
                doc: self.doc,
                path: format!("{}[{number}]", self.path),
                at: item.span().start,
                value: item.get_ref(),
            };
            sections.push(node.section()?);
        }
        Ok(sections)
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Result<Vec<String>, Error> {
        let list = self
            .value
            .as_array()
            .ok_or_else(|| self.wrong_type("a list of texts"))?;
        list.iter()
            .map(|item| {
                item.get_ref()
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| self.wrong_type("a list of texts"))
            })
            .collect()
    }

    /// The table it is.
    pub(super) fn section(&self) -> Result<Section<'d, 't>, Error> {
        let table = self.value.as_table().ok_or_else(|| self.wrong_type("a table"))?;
        Ok(Section {
            doc: self.doc,
            path: self.path.clone(),
            at: self.at,
            table,
            known: Vec::new(),
        })
    }

    /// The table it is, or nothing when it is plain text.
    pub(super) fn section_or_text(&self) -> Result<Result<Section<'d, 't>, &'d str>, Error> {
        match self.value {
            DeValue::Table(_) => self.section().map(Ok),
            DeValue::String(text) => Ok(Err(text.as_ref())),
            _ => Err(self.wrong_type("text in quotes or a table")),
        }
    }

    /// A scalar as the model's untyped value.
    pub(super) fn scalar(&self) -> Result<wayside_model::Value, Error> {
        use wayside_model::Value;
        let number = || self.wrong_type("text, a number, true or false");
        Ok(match self.value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(b) => Value::Bool(*b),
            DeValue::Integer(n) => Value::Int(i64::from_str_radix(n.as_str(), n.radix()).map_err(|_| number())?),
            DeValue::Float(x) => {
                let x: f64 = x.as_str().parse().map_err(|_| number())?;
                if x.is_finite() {
                    Value::Float(x)
                } else {
                    return Err(number());
                }
            }
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => return Err(number()),
        })
    }

    /// Where it stands, for messages that come later: `file:line: key`.
    pub(super) fn place(&self) -> String {
        let line = 1 + self.doc.text.bytes().take(self.at).filter(|b| *b == b'\n').count();
        format!("{}:{line}: `{}`", self.doc.file, self.path)
    }

    /// An error about this value.
    pub(super) fn error(&self, message: &str) -> Error {
        self.doc.error(self.at, &self.path, message)
    }

    fn wrong_type(&self, wanted: &str) -> Error {
        self.error(&format!("must be {wanted}"))
    }
}
