//! One thing a customer did or met.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::field::{Field, FieldValue, Fields, prop, put_props};
use crate::kind::Kind;
use crate::limits::{NAME_MAX_BYTES, PROPS_MAX};
use crate::url;
use crate::value::{self, Sink, Value};

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

    /// A touchpoint whose maker knows what the kind has: fields as [`Fields::of`] takes them.
    pub fn of(kind: Kind, texts: &[(Field, &str)], numbers: &[(Field, i64)]) -> Self {
        Self::made(kind, Fields::of(texts, numbers))
    }

    /// A touchpoint whose maker knows what the kind has.
    pub fn made(kind: Kind, fields: Fields) -> Self {
        debug_assert!(Self::new(kind, fields.clone()).is_ok(), "{} is not so", kind.name());
        Self { kind, fields }
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
                Some(Field::Props) => put_props(&mut props, value.pairs()),
                Some(field) => fields.put(field, FieldValue::parse(field, value)?),
                None => {
                    if let Some(prop) = prop(key, value) {
                        props.push(prop);
                    }
                }
            }
        }
        if props.len() > PROPS_MAX {
            return Err(Error::new(ErrorKind::TooMany));
        }
        if !props.is_empty() {
            fields.put(Field::Props, FieldValue::Props(props));
        }
        if matches!(kind, Kind::Custom) && Kind::from_name(name).is_none() {
            fields.set_text(Field::Name, name);
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
        value::pairs_of(|out| {
            out.map(self.pairs());
            self.write_pairs(out);
        })
    }

    /// How many pairs [`Touchpoint::write_pairs`] writes.
    pub fn pairs(&self) -> usize {
        self.fields.len() + usize::from(!self.has_own_name())
    }

    /// Writes the pairs of its JSON object, for who has begun the map.
    pub fn write_pairs<S: Sink>(&self, out: &mut S) {
        let has_own_name = self.has_own_name();
        out.key("kind");
        out.text(if has_own_name { self.name() } else { self.kind.name() });
        for (field, value) in self.fields.iter() {
            if !has_own_name || !matches!(field, Field::Name) {
                out.key(field.name());
                value.write(out);
            }
        }
    }

    fn has_own_name(&self) -> bool {
        matches!(self.kind, Kind::Custom) && Kind::from_name(self.name()).is_none()
    }

    /// The same touchpoint with every address scrubbed ([`url::scrub`]).
    pub fn scrubbed(self) -> Self {
        self.scrubbed_by(url::scrub)
    }

    /// The same for who asks [`url::scrub`] by way of `scrub`, which may know the answer already.
    pub fn scrubbed_by(mut self, scrub: impl FnMut(&str) -> String) -> Self {
        self.fields.scrub(scrub);
        self
    }

    /// The touchpoint, of which no fields are left behind.
    pub fn take(&mut self) -> Self {
        Self {
            kind: self.kind,
            fields: core::mem::take(&mut self.fields),
        }
    }
}

/// Whether `raw` can name a touchpoint: 1 to [`NAME_MAX_BYTES`] bytes without control characters or outer space. Other systems'
/// names (`Order Completed`, `$pageview`) are names too.
pub fn is_name(raw: &str) -> bool {
    !raw.is_empty()
        && raw.len() <= NAME_MAX_BYTES
        && raw.trim_ascii().len() == raw.len()
        && !raw.chars().any(char::is_control)
}
