//! Fields of touchpoints: the table of typed fields and their values.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::limits::{INT_MAX, ITEMS_MAX, NAME_MAX_BYTES, PROPS_MAX, TEXT_MAX_BYTES, URL_MAX_BYTES};
use crate::money::Money;
use crate::reading::Repairs;
use crate::text::{decimal, int_text, split_once};
use crate::url;
use crate::value::{self, Sink, Value};

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text of at most [`TEXT_MAX_BYTES`].
    Text,
    /// An address scrubbed of secrets, of at most [`URL_MAX_BYTES`]; see [`crate::url`].
    Url,
    /// A whole number within ±(2⁵³−1).
    Int,
    /// An amount of money or of units: a decimal number in JSON, micros in memory.
    Money,
    /// True or false.
    Bool,
    /// GA4's `items`: a list of maps of item fields.
    Items,
    /// Further properties by name: text, numbers, booleans.
    Props,
}

impl FieldType {
    /// The type's name in words, for messages and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Url => "an address",
            Self::Int => "a whole number",
            Self::Money => "an amount",
            Self::Bool => "true or false",
            Self::Items => "a list of items",
            Self::Props => "a map of text, numbers or booleans",
        }
    }
}

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// The value of a [`FieldType::Text`] or [`FieldType::Url`] field.
    Text(String),
    /// The value of a [`FieldType::Int`] field.
    Int(i64),
    /// The value of a [`FieldType::Money`] field.
    Money(Money),
    /// The value of a [`FieldType::Bool`] field.
    Bool(bool),
    /// The value of a [`FieldType::Items`] field: the fields of each item.
    Items(Vec<Fields>),
    /// The value of a [`FieldType::Props`] field: names with `Text`, `Int`, `Float` or `Bool` values.
    Props(Vec<(String, Value)>),
}

/// Fields with their values, ordered by field code. Each field occurs at most once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(Field, FieldValue)>);

impl Fields {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Fields from texts and whole numbers. Texts are cut and numbers clamped to their limits; empty texts are left
    /// out. Passing a field of another type is a bug.
    #[inline(never)]
    pub fn of(texts: &[(Field, &str)], numbers: &[(Field, i64)]) -> Self {
        let mut fields = Self::new();
        for (field, text) in texts {
            if !text.is_empty() {
                fields.set_text(*field, text);
            }
        }
        for (field, number) in numbers {
            fields.set_int(*field, *number);
        }
        fields
    }

    /// The fields in order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &FieldValue)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `field`.
    pub fn get(&self, field: Field) -> Option<&FieldValue> {
        self.0.iter().find(|(f, _)| *f == field).map(|(_, value)| value)
    }

    /// The value of a text or address field.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field) {
            Some(FieldValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of a whole-number field, an amount in micros, or a boolean as 0 or 1.
    pub fn int(&self, field: Field) -> Option<i64> {
        match self.get(field) {
            Some(FieldValue::Int(n)) => Some(*n),
            Some(FieldValue::Money(money)) => Some(money.micros()),
            Some(FieldValue::Bool(b)) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// Sets `field` and replaces an earlier value.
    ///
    /// # Errors
    ///
    /// Fails if the value does not have the field's type or exceeds its limit.
    pub fn set(&mut self, field: Field, value: FieldValue) -> Result<(), Error> {
        check(field, &value)?;
        self.put(field, value);
        Ok(())
    }

    /// Sets `field` to a value that is already known to be valid for it.
    pub(crate) fn put(&mut self, field: Field, value: FieldValue) {
        match self.0.binary_search_by_key(&(field as u8), |(f, _)| *f as u8) {
            Ok(at) => {
                if let Some(slot) = self.0.get_mut(at) {
                    slot.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (field, value)),
        }
    }

    /// Removes `field` and returns its value.
    pub fn remove(&mut self, field: Field) -> Option<FieldValue> {
        let at = self.0.iter().position(|(f, _)| *f == field)?;
        Some(self.0.remove(at).1)
    }

    /// Sets a text or address field; the text is cut to the field's limit at a character boundary. Passing a field of
    /// another type is a bug.
    pub fn set_text(&mut self, field: Field, text: &str) {
        let is_text = matches!(field.field_type(), FieldType::Text | FieldType::Url);
        debug_assert!(is_text, "{} is not a text field", field.name());
        self.put(field, FieldValue::Text(cut(text, text_limit(field)).into()));
    }

    /// Sets a whole-number field; the number is clamped to ±[`INT_MAX`]. Passing a field of another type is a bug.
    pub fn set_int(&mut self, field: Field, n: i64) {
        let is_int = matches!(field.field_type(), FieldType::Int);
        debug_assert!(is_int, "{} is not a whole-number field", field.name());
        self.put(field, FieldValue::Int(n.clamp(-INT_MAX, INT_MAX)));
    }

    /// Applies `scrub` to every address, which removes secrets and never makes an address longer, and removes secrets from the
    /// names of errors, into which programmers put what they look at.
    pub(crate) fn scrub(&mut self, mut scrub: impl FnMut(&str) -> String) {
        for (field, value) in &mut self.0 {
            let FieldValue::Text(text) = value else { continue };
            match (*field, field.field_type()) {
                (_, FieldType::Url) => *text = scrub(text),
                (Field::Error, _) => *text = url::scrub_text(text),
                _ => {}
            }
        }
    }

    /// The key-value pairs of the JSON object with these fields.
    pub fn to_pairs(&self) -> Vec<(String, Value)> {
        value::pairs_of(|out| self.write(out))
    }

    /// Writes the fields as a JSON object.
    pub fn write<S: Sink>(&self, out: &mut S) {
        out.map(self.0.len());
        for (field, value) in &self.0 {
            out.key(field.name());
            value.write(out);
        }
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FieldValue {
    /// Parses a JSON or JavaScript value for `field`. Amounts and whole numbers may be given as numeric text (shops
    /// push `"19.90"`), and text as a whole number (order numbers). Text beyond its limit is cut.
    ///
    /// # Errors
    ///
    /// Fails if the value cannot be read as the field's type, is out of range, or has more items or properties than the
    /// limits.
    pub fn parse(field: Field, value: &Value) -> Result<Self, Error> {
        match (field.field_type(), value) {
            (FieldType::Items, Value::List(list)) => {
                if list.len() > ITEMS_MAX {
                    return Err(Error::new(ErrorKind::TooMany));
                }
                Ok(Self::Items(list.iter().map(parse_item).collect::<Result<_, _>>()?))
            }
            (FieldType::Props, Value::Map(pairs)) => {
                if pairs.len() > PROPS_MAX {
                    return Err(Error::new(ErrorKind::TooMany));
                }
                Ok(Self::Props(
                    pairs.iter().filter_map(|(name, value)| prop(name, value)).collect(),
                ))
            }
            _ => Self::parse_scalar(field, value),
        }
    }

    /// Parses a value for a field that is neither a list nor a map; see [`FieldValue::parse`].
    pub(crate) fn parse_scalar(field: Field, value: &Value) -> Result<Self, Error> {
        let read = match (field.field_type(), value) {
            (FieldType::Text | FieldType::Url, Value::Text(text)) => {
                Some(Self::Text(cut(text, text_limit(field)).into()))
            }
            (FieldType::Text | FieldType::Url, Value::Int(n)) => Some(Self::Text(int_text(*n))),
            (FieldType::Int, Value::Text(text)) if split_once(text, b'.').1.is_some() => None,
            (FieldType::Int, Value::Text(text)) => decimal(text.trim_ascii(), 0).map(Self::Int),
            (FieldType::Int, number) => number.as_int().map(Self::Int),
            (FieldType::Money, Value::Text(text)) => Money::parse(text.trim_ascii()).map(Self::Money),
            (FieldType::Money, number) => match number.as_number() {
                Some(units) => match Money::from_units(units) {
                    Some(money) => Some(Self::Money(money)),
                    None => return Err(Error::new(ErrorKind::FieldRange(field))),
                },
                None => None,
            },
            (FieldType::Bool, Value::Bool(flag)) => Some(Self::Bool(*flag)),
            _ => None,
        };
        match read {
            Some(Self::Int(n)) if n.unsigned_abs() > INT_MAX.unsigned_abs() => {
                Err(Error::new(ErrorKind::FieldRange(field)))
            }
            Some(value) => Ok(value),
            None => Err(Error::new(ErrorKind::FieldType(field))),
        }
    }

    /// The value as JSON.
    pub fn to_value(&self) -> Value {
        value::value_of(|out| self.write(out))
    }

    /// Writes the value as JSON.
    pub fn write<S: Sink>(&self, out: &mut S) {
        match self {
            Self::Text(text) => out.text(text),
            Self::Int(n) => out.int(*n),
            Self::Money(money) if money.micros() % 1_000_000 == 0 => out.int(money.micros() / 1_000_000),
            Self::Money(money) => out.float(money.units()),
            Self::Bool(flag) => out.flag(*flag),
            Self::Items(items) => {
                out.list(items.len());
                for item in items {
                    item.write(out);
                }
            }
            Self::Props(props) => value::write_map(props, out),
        }
    }
}

/// A property in its stored form: its name and text cut to their limits, its value a scalar. `None` if the name is
/// empty or the value is null, a list, a map or not finite, because a table column cannot hold these.
pub fn prop(name: &str, value: &Value) -> Option<(String, Value)> {
    if name.is_empty() {
        return None;
    }
    let value = match value {
        Value::Text(text) => Value::Text(cut(text, TEXT_MAX_BYTES).into()),
        Value::Bool(flag) => Value::Bool(*flag),
        Value::Int(n) => Value::Int(*n),
        Value::Float(x) => match value.as_int() {
            Some(n) => Value::Int(n),
            None if x.is_finite() => Value::Float(*x),
            None => return None,
        },
        Value::Null | Value::List(_) | Value::Map(_) => return None,
    };
    Some((cut(name, NAME_MAX_BYTES).into(), value))
}

/// Adds the pairs that are valid properties. The others, and those beyond the limit, are among the repairs unless they are
/// null.
pub(crate) fn put_props(props: &mut Vec<(String, Value)>, pairs: &[(String, Value)], repairs: &mut Repairs) {
    for (name, value) in pairs {
        match prop(name, value) {
            Some(_) if props.len() >= PROPS_MAX => {
                repairs.add(Field::Props.name(), Error::new(ErrorKind::TooMany), value)
            }
            Some(prop) => props.push(prop),
            None if matches!(value, Value::Null) => {}
            None => repairs.add(name, Error::new(ErrorKind::FieldType(Field::Props)), value),
        }
    }
}

/// Declares the fields: code on the wire (never reused), variant, name in JSON, type, doc.
macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $code:literal $variant:ident $name:literal $type:ident;)+) => {
        /// A field of a touchpoint. The discriminant is the field's code on the wire and is never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field { $($(#[doc = $doc])+ $variant = $code,)+ }

        impl Field {
            /// Every field in order of its code.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)+];

            /// The field's name in JSON, in JavaScript and as a column.
            // Inlining would copy the whole table of names into the Wasm module at each call.
            #[inline(never)]
            pub const fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)+ }
            }

            /// The field's type.
            pub const fn field_type(self) -> FieldType {
                match self { $(Field::$variant => FieldType::$type,)+ }
            }

            /// A description of the field for generated docs and types.
            pub const fn doc(self) -> &'static str {
                match self { $(Field::$variant => concat!($($doc, "\n",)+),)+ }
            }
        }
    };
}

fields! {
    /// Address of the page, scrubbed of secrets.
    1 Url "url" Url;
    /// Title of the page.
    2 Title "title" Text;
    /// Address of the referring page, scrubbed; absent if it belongs to the site itself.
    3 Referrer "referrer" Url;
    /// How the page was reached: `link`, `reload`, `back_forward`, `bfcache`, `spa` or `prerender`.
    4 Entry "entry" Text;
    /// Campaign source (`utm_source`).
    5 Source "source" Text;
    /// Campaign medium (`utm_medium`).
    6 Medium "medium" Text;
    /// Campaign name (`utm_campaign`).
    7 Campaign "campaign" Text;
    /// Campaign term (`utm_term`).
    8 Term "term" Text;
    /// Campaign content (`utm_content`).
    9 Content "content" Text;
    /// Name of the click id in the address (`gclid`, `fbclid`, …), never its value.
    10 ClickId "click_id" Text;
    /// Name of a custom touchpoint or of a signal.
    11 Name "name" Text;
    /// GA4 currency, ISO 4217.
    12 Currency "currency" Text;
    /// GA4 value of the touchpoint in its currency.
    13 Value "value" Money;
    /// Products concerned.
    14 Items "items" Items;
    /// Order number.
    15 TransactionId "transaction_id" Text;
    /// Tax of the order.
    16 Tax "tax" Money;
    /// Shipping cost of the order.
    17 Shipping "shipping" Money;
    /// Coupon code applied.
    18 Coupon "coupon" Text;
    /// Shipping tier chosen.
    19 ShippingTier "shipping_tier" Text;
    /// Payment type chosen.
    20 PaymentType "payment_type" Text;
    /// List the item was shown in.
    21 ItemListId "item_list_id" Text;
    /// Name of that list.
    22 ItemListName "item_list_name" Text;
    /// Promotion shown or chosen.
    23 PromotionId "promotion_id" Text;
    /// Name of that promotion.
    24 PromotionName "promotion_name" Text;
    /// Search term.
    25 SearchTerm "search_term" Text;
    /// Number of search results.
    26 Results "results" Int;
    /// Checkout step: `begin`, `shipping`, `payment` or a name that the site chose.
    27 Step "step" Text;
    /// Milliseconds in which the visitor waited for network and rendering.
    28 WaitingMs "waiting_ms" Int;
    /// Milliseconds in which the visitor could act.
    29 ActingMs "acting_ms" Int;
    /// Page reloads during the step.
    30 Reloads "reloads" Int;
    /// Milliseconds in which the page was visible and used.
    31 EngagedMs "engaged_ms" Int;
    /// Deepest point seen, in permille of the page's height.
    32 ScrollPermille "scroll_permille" Int;
    /// Form's name or id, never its content.
    33 Form "form" Text;
    /// Form field's name or id, never its value.
    34 FormField "form_field" Text;
    /// Times the field was corrected.
    35 Corrections "corrections" Int;
    /// Kind of error: a validation state, an error's class, a status.
    36 Error "error" Text;
    /// Human-readable name of an element, from its role, label, id or `data-wayside-name`.
    37 Element "element" Text;
    /// Number of counted events.
    38 Count "count" Int;
    /// Milliseconds from the first to the last event, or the duration.
    39 SpanMs "span_ms" Int;
    /// Survey score.
    40 Score "score" Int;
    /// Comment the customer sent with a survey or review.
    41 Comment "comment" Text;
    /// Topic of a contact or question.
    42 Topic "topic" Text;
    /// How long a contact took, in milliseconds.
    43 DurationMs "duration_ms" Int;
    /// Whether the contact resolved the customer's issue.
    44 Resolved "resolved" Bool;
    /// Method of a share, a login or a sign-up; destination of a click.
    45 Method "method" Text;
    /// Customer's id in the site's own system.
    46 CustomerId "customer_id" Text;
    /// Service or offline channel: `call_centre`, `store`, `chat`, `email`, `sms`, `app`, `marketplace`, `co_browsing`, …
    47 ContactChannel "contact_channel" Text;
    /// Acquisition channel as assigned by an imported source.
    48 SourceChannel "source_channel" Text;
    /// Google's moment of an intent signal: `know`, `go`, `do` or `buy`.
    49 Moment "moment" Text;
    /// Session id from an imported source.
    50 SourceSession "source_session" Text;
    /// Whether the browser was controlled by software.
    51 Automated "automated" Bool;
    /// Further properties.
    52 Props "props" Props;
    /// Largest Contentful Paint, in milliseconds.
    53 LcpMs "lcp_ms" Int;
    /// First Contentful Paint, in milliseconds.
    54 FcpMs "fcp_ms" Int;
    /// Interaction to Next Paint, in milliseconds.
    55 InpMs "inp_ms" Int;
    /// Time to First Byte, in milliseconds.
    56 TtfbMs "ttfb_ms" Int;
    /// Cumulative Layout Shift, in thousandths.
    57 ClsPermille "cls_permille" Int;
    /// Milliseconds from entering a form field to its first input.
    58 FirstInputMs "first_input_ms" Int;
    /// Times a form field was filled in again after it had been filled in.
    59 Refills "refills" Int;
    /// Kind of device: `desktop`, `mobile` or `tablet`. Pages record it when they load; it holds for the rest of the visit.
    60 Device "device" Text;
    /// Values that could not be used and were left out: the field's name with the reason and the value as it came.
    61 Repairs "repairs" Props;
    /// Number of an import's file and, in it, the row's position among the rows of the same visitor and time. It orders
    /// touchpoints of one time and is not shown.
    63 SourceOrder "source_order" Int;
    /// Product's id.
    64 ItemId "item_id" Text;
    /// Product's name.
    65 ItemName "item_name" Text;
    /// Product's brand.
    66 ItemBrand "item_brand" Text;
    /// Product's category.
    67 ItemCategory "item_category" Text;
    /// Product's second category.
    68 ItemCategory2 "item_category2" Text;
    /// Product's third category.
    69 ItemCategory3 "item_category3" Text;
    /// Product's fourth category.
    70 ItemCategory4 "item_category4" Text;
    /// Product's fifth category.
    71 ItemCategory5 "item_category5" Text;
    /// Product's variant.
    72 ItemVariant "item_variant" Text;
    /// Price of one unit.
    73 Price "price" Money;
    /// Discount on one unit.
    75 Discount "discount" Money;
    /// Position in a list.
    76 Index "index" Int;
    /// Store or partner that supplies the product or order.
    77 Affiliation "affiliation" Text;
    /// Place, as a Google Place id.
    78 LocationId "location_id" Text;
    /// Number of units, whole or not.
    79 Quantity "quantity" Money;
    /// Family of the browser, such as `Chrome`. Like the other facts about the browser, pages record it when they load, and it
    /// holds for the rest of the visit.
    80 Browser "browser" Text;
    /// Major version of the browser.
    81 BrowserVersion "browser_version" Text;
    /// Language that the visitor has set in the browser, such as `de-AT` (BCP 47).
    82 Language "language" Text;
    /// Size of the screen by its width: `compact`, `medium`, `expanded`, `large` or `extra_large`.
    83 Screen "screen" Text;
    /// Time zone that the device is set to, such as `Europe/Vienna`; reports derive the country from it.
    84 TimeZone "time_zone" Text;
    /// Country by its ISO 3166 code, where the site or an imported source knows it; otherwise the time zone tells it.
    85 Country "country" Text;
}

/// The fields an item may have.
pub const ITEM_FIELDS: &[Field] = &[
    Field::ItemId,
    Field::ItemName,
    Field::ItemBrand,
    Field::ItemCategory,
    Field::ItemCategory2,
    Field::ItemCategory3,
    Field::ItemCategory4,
    Field::ItemCategory5,
    Field::ItemVariant,
    Field::Price,
    Field::Quantity,
    Field::Discount,
    Field::Index,
    Field::Affiliation,
    Field::LocationId,
    Field::Coupon,
    Field::ItemListId,
    Field::ItemListName,
    Field::PromotionId,
    Field::PromotionName,
];

impl Field {
    /// The field with this code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|field| **field as u8 == code).copied()
    }

    /// The field with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        for field in Self::ALL {
            if field.name() == name {
                return Some(*field);
            }
        }
        None
    }

    /// The field's code on the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Most bytes of a text field.
pub const fn text_limit(field: Field) -> usize {
    match field.field_type() {
        FieldType::Url => URL_MAX_BYTES,
        _ => match field {
            Field::Name => NAME_MAX_BYTES,
            _ => TEXT_MAX_BYTES,
        },
    }
}

/// The longest prefix of `text` that has at most `max` bytes and ends at a character boundary.
pub fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// Fails if `value` does not match the type and limits of `field` in the table.
fn check(field: Field, value: &FieldValue) -> Result<(), Error> {
    let range = |fits: bool| {
        if fits {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::FieldRange(field)))
        }
    };
    match (field.field_type(), value) {
        (FieldType::Text | FieldType::Url, FieldValue::Text(text)) => range(text.len() <= text_limit(field)),
        (FieldType::Int, FieldValue::Int(n)) => range((-INT_MAX..=INT_MAX).contains(n)),
        (FieldType::Money, FieldValue::Money(_)) | (FieldType::Bool, FieldValue::Bool(_)) => Ok(()),
        (FieldType::Items, FieldValue::Items(items)) => {
            range(items.len() <= ITEMS_MAX)?;
            match items
                .iter()
                .flat_map(Fields::iter)
                .find(|(f, _)| !ITEM_FIELDS.contains(f))
            {
                Some((stray, _)) => Err(Error::new(ErrorKind::FieldUnexpected(stray))),
                None => Ok(()),
            }
        }
        (FieldType::Props, FieldValue::Props(props)) => {
            range(props.len() <= PROPS_MAX && props.iter().all(|(name, value)| is_prop(name, value)))
        }
        _ => Err(Error::new(ErrorKind::FieldType(field))),
    }
}

/// Whether a property has the form that [`prop`] produces.
fn is_prop(name: &str, value: &Value) -> bool {
    let fits = match value {
        Value::Text(text) => text.len() <= TEXT_MAX_BYTES,
        Value::Float(x) => x.is_finite() && value.as_int().is_none(),
        Value::Bool(_) | Value::Int(_) => true,
        Value::Null | Value::List(_) | Value::Map(_) => false,
    };
    fits && !name.is_empty() && name.len() <= NAME_MAX_BYTES
}

/// Reads one of GA4's items. Keys that are not item fields are ignored, as GA4 ignores those beyond its custom
/// dimensions.
fn parse_item(value: &Value) -> Result<Fields, Error> {
    let Value::Map(pairs) = value else {
        return Err(Error::new(ErrorKind::FieldType(Field::Items)));
    };
    let mut item = Fields::new();
    for (name, value) in pairs {
        let Some(field) = Field::from_name(name).filter(|field| ITEM_FIELDS.contains(field)) else {
            continue;
        };
        if !matches!(value, Value::Null) {
            item.put(field, FieldValue::parse(field, value)?);
        }
    }
    Ok(item)
}
