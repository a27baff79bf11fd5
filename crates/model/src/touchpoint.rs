//! One thing a customer did or met.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::field::{Field, FieldType, FieldValue, Fields, prop};
use crate::kind::Kind;
use crate::limits::{NAME_MAX_BYTES, PROPS_MAX};
use crate::value::Value;

/// A touchpoint: its kind and the fields the kind allows, right by construction.
#[derive(Clone, Debug, PartialEq)]
pub struct Touchpoint {
    kind: Kind,
    fields: Fields,
}

impl Touchpoint {
    /// A touchpoint of `kind` with `fields`; fails when a field does not belong to it or a required one is missing.
    pub fn new(kind: Kind, fields: Fields) -> Result<Self, Error> {
        if let Some((stray, _)) = fields.iter().find(|(field, _)| !kind.has(*field)) {
            return Err(Error::new(ErrorKind::FieldUnexpected(stray)));
        }
        if let Some(missing) = kind.required().iter().find(|field| fields.get(**field).is_none()) {
            return Err(Error::new(ErrorKind::FieldMissing(*missing)));
        }
        if matches!(kind, Kind::Custom) && !fields.text(Field::Name).is_some_and(is_name) {
            return Err(Error::new(ErrorKind::Name));
        }
        Ok(Self { kind, fields })
    }

    /// Parses a call of the page or a JSON object: a name and its fields.
    ///
    /// An unknown name makes a custom touchpoint. Keys that the kind does not have become properties, so that nothing
    /// a site sends is lost; null is as good as absent.
    pub fn parse(name: &str, input: &Value) -> Result<Self, Error> {
        if !is_name(name) {
            return Err(Error::new(ErrorKind::Name));
        }
        let kind = Kind::from_name(name).unwrap_or(Kind::Custom);
        let mut fields = Fields::new();
        let mut props = Vec::new();
        for (key, value) in input.pairs() {
            if matches!(value, Value::Null) {
                continue;
            }
            match Field::from_name(key).filter(|field| kind.has(*field)) {
                Some(Field::Props) => {
                    for (name, value) in value.pairs() {
                        props.extend(prop(name, value));
                    }
                }
                Some(field) => fields.set(field, FieldValue::parse(field, value)?)?,
                None => props.extend(prop(key, value)),
            }
        }
        if props.len() > PROPS_MAX {
            return Err(Error::new(ErrorKind::TooMany));
        }
        if !props.is_empty() {
            fields.set(Field::Props, FieldValue::Props(props))?;
        }
        if matches!(kind, Kind::Custom) && Kind::from_name(name).is_none() {
            fields.set_text(Field::Name, name)?;
        }
        Self::new(kind, fields)
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name a report shows: the kind's, or a custom touchpoint's own.
    pub fn name(&self) -> &str {
        match self.kind {
            Kind::Custom => self.fields.text(Field::Name).unwrap_or(Kind::Custom.name()),
            kind => kind.name(),
        }
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The pairs of its JSON object: `kind`, then the fields by code. A custom touchpoint's kind is its own name, unless
    /// that is the name of a kind.
    pub fn to_pairs(&self) -> Vec<(String, Value)> {
        let name = self.name();
        let is_own_name = matches!(self.kind, Kind::Custom) && Kind::from_name(name).is_none();
        let mut pairs = Vec::with_capacity(8);
        pairs.push((
            "kind".into(),
            Value::from(if is_own_name { name } else { self.kind.name() }),
        ));
        for (field, value) in self.fields.iter() {
            if !is_own_name || !matches!(field, Field::Name) {
                pairs.push((field.name().into(), value.to_value()));
            }
        }
        pairs
    }

    /// The same touchpoint with every address passed through `scrub`.
    pub fn map_urls(mut self, scrub: impl Fn(&str) -> String) -> Self {
        for field in Field::ALL
            .iter()
            .copied()
            .filter(|field| field.field_type() == FieldType::Url)
        {
            if let Some(scrubbed) = self.fields.text(field).map(&scrub) {
                // Scrubbing only takes away, so the limit still holds; were it not to, the address is better absent.
                if self.fields.set_text(field, &scrubbed).is_err() {
                    self.fields.remove(field);
                }
            }
        }
        self
    }
}

/// Whether `raw` can name a touchpoint: 1 to [`NAME_MAX_BYTES`] letters, digits, `_`, `-`, `.` or `:`.
pub fn is_name(raw: &str) -> bool {
    !raw.is_empty()
        && raw.len() <= NAME_MAX_BYTES
        && raw
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
}
