//! Touchpoints: one thing a customer did or met.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::field::{Field, FieldValue, Fields, put_props};
use crate::kind::Kind;
use crate::limits::NAME_MAX_CHARS;
use crate::reading::{self, Repairs};
use crate::url;
use crate::value::{self, Sink, Value};

/// A touchpoint: its kind and its fields. The constructors ensure that the kind allows the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Touchpoint {
    kind: Kind,
    fields: Fields,
}

impl Touchpoint {
    /// A touchpoint of `kind` with `fields`.
    ///
    /// # Errors
    ///
    /// Fails if the kind does not have one of the fields, if a required field is missing, or if the name of a custom
    /// touchpoint is not valid ([`is_name`]).
    pub fn new(kind: Kind, fields: Fields) -> Result<Self, Error> {
        Self::check(kind, &fields)?;
        Ok(Self { kind, fields })
    }

    /// The same check of fields that stay with the caller.
    pub(crate) fn check(kind: Kind, fields: &Fields) -> Result<(), Error> {
        if let Some((stray, _)) = fields.iter().find(|(field, _)| !kind.has(*field)) {
            return Err(Error::new(ErrorKind::FieldUnexpected(stray)));
        }
        if let Some(missing) = kind.required().iter().find(|field| fields.get(**field).is_none()) {
            return Err(Error::new(ErrorKind::FieldMissing(*missing)));
        }
        if matches!(kind, Kind::Custom) && !fields.text(Field::Name).is_some_and(is_name) {
            return Err(Error::new(ErrorKind::Name));
        }
        Ok(())
    }

    /// A touchpoint from fields as [`Fields::of`] takes them. Passing fields that the kind does not allow is a bug.
    pub fn of(kind: Kind, texts: &[(Field, &str)], numbers: &[(Field, i64)]) -> Self {
        Self::made(kind, Fields::of(texts, numbers))
    }

    /// A touchpoint of `kind` with `fields`. Passing fields that the kind does not allow is a bug.
    pub fn made(kind: Kind, fields: Fields) -> Self {
        debug_assert!(
            Self::new(kind, fields.clone()).is_ok(),
            "these fields are not valid for {}",
            kind.name()
        );
        Self { kind, fields }
    }

    /// Reads a call of the page or a JSON object: a name and its fields.
    ///
    /// An unknown name gives a custom touchpoint. Keys that are not fields of the kind become properties, so that
    /// nothing a site sends is lost. Fields of a product beside the others, in place of `items`, are one item, whose price is
    /// the `value` unless there is one. A null value counts as absent. A value that cannot be read without guessing is left
    /// out, and the field `repairs` states its name, the reason and what came.
    ///
    /// ```
    /// use wayside_model::{Field, Touchpoint, Value};
    ///
    /// let fields = Value::map([("value", Value::from("1.234,50 €")), ("tax", Value::from("free"))]);
    /// let order = Touchpoint::parse("purchase", &fields).unwrap();
    /// assert_eq!(order.fields().int(Field::Value), Some(1_234_500_000));
    /// assert_eq!(order.repairs(), [("tax".to_string(), Value::from("field_type: free"))]);
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the name is not valid ([`is_name`]), or if a required field is missing or cannot be read.
    pub fn parse(name: &str, input: &Value) -> Result<Self, Error> {
        let name = name.trim_ascii();
        if !is_name(name) {
            return Err(Error::new(ErrorKind::Name));
        }
        let kind = Kind::from_name(name).unwrap_or(Kind::Custom);
        let mut fields = Fields::new();
        let mut props = Vec::new();
        let mut repairs = Repairs::default();
        let product = reading::product(kind, input, &mut repairs);
        for (key, value) in input.pairs() {
            match Field::from_name(key).filter(|field| kind.has(*field)) {
                Some(Field::Props) => put_props(&mut props, value.pairs(), &mut repairs),
                // An event that has been read before.
                Some(Field::Repairs) => repairs.take(value.pairs()),
                Some(field) => match reading::field(field, value, &mut repairs) {
                    Ok(Some(value)) => fields.put(field, value),
                    Ok(None) => {}
                    Err(error) if kind.required().contains(&field) => return Err(error),
                    Err(error) => repairs.add(field.name(), error, value),
                },
                None if product.is_some() && reading::is_of_product(key) => {}
                None => {
                    let pair = (key.clone(), value.clone());
                    put_props(&mut props, &[pair], &mut repairs);
                }
            }
        }
        if let Some(product) = product {
            if fields.get(Field::Value).is_none()
                && kind.has(Field::Value)
                && let Some(value) = reading::value_of(&product)
            {
                fields.put(Field::Value, FieldValue::Money(value));
            }
            fields.put(Field::Items, FieldValue::Items(Vec::from([product])));
        }
        if !props.is_empty() {
            fields.put(Field::Props, FieldValue::Props(props));
        }
        if !repairs.0.is_empty() {
            fields.put(Field::Repairs, FieldValue::Props(repairs.0));
        }
        if matches!(kind, Kind::Custom) && Kind::from_name(name).is_none() {
            fields.set_text(Field::Name, name);
        }
        Self::new(kind, fields)
    }

    /// The values that were left out, by the names of their fields; see [`Touchpoint::parse`].
    pub fn repairs(&self) -> &[(String, Value)] {
        match self.fields.get(Field::Repairs) {
            Some(FieldValue::Props(repairs)) => repairs,
            _ => &[],
        }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The name for reports: the kind's name, or the name of a custom touchpoint.
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

    /// Moves the fields out.
    pub fn take_fields(&mut self) -> Fields {
        core::mem::take(&mut self.fields)
    }

    pub(crate) fn fields_mut(&mut self) -> &mut Fields {
        &mut self.fields
    }

    /// The key-value pairs of the touchpoint's JSON object: `kind`, then the fields in order of their codes. The `kind`
    /// of a custom touchpoint is its own name, unless that is also the name of a kind.
    pub fn to_pairs(&self) -> Vec<(String, Value)> {
        value::pairs_of(|out| {
            out.map(self.pairs());
            self.write_pairs(out);
        })
    }

    /// The number of pairs that [`Touchpoint::write_pairs`] writes.
    pub fn pairs(&self) -> usize {
        self.fields.len() + usize::from(!self.has_own_name())
    }

    /// Writes the pairs of the touchpoint's JSON object. The caller has already begun the map.
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

    /// The same touchpoint with `scrub` applied to every address. `scrub` has to return the same as [`url::scrub`]; it
    /// may use a cache.
    pub fn scrubbed_by(mut self, scrub: impl FnMut(&str) -> String) -> Self {
        self.fields.scrub(scrub);
        self
    }

    /// Replaces the title of a page view.
    pub fn set_title(&mut self, title: &str) {
        self.fields.set_text(Field::Title, title);
    }

    /// Moves the touchpoint out and leaves one without fields.
    pub fn take(&mut self) -> Self {
        Self {
            kind: self.kind,
            fields: core::mem::take(&mut self.fields),
        }
    }
}

/// Whether `raw` is a valid touchpoint name: 1 to [`NAME_MAX_CHARS`] characters without control characters or spaces at
/// its ends. Names of other systems (`Order Completed`, `$pageview`) are valid.
pub fn is_name(raw: &str) -> bool {
    !raw.is_empty()
        // All bytes but those that continue a character.
        && raw.bytes().filter(|byte| byte & 0xc0 != 0x80).count() <= NAME_MAX_CHARS
        && raw.trim_ascii().len() == raw.len()
        && !raw.chars().any(char::is_control)
}
