//! Erasing and exporting a person's data, for the command line and for the server alike.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wayside_analyzer::KeptStates;
use wayside_model::journey::Config;
use wayside_model::{CustomerId, SiteId, VisitorId};
use wayside_store::{DataWriter, Person, PersonData, Store};

use crate::dead_letters;

/// A person by the parameters of a request: a customer or a visitor, and not both.
pub(crate) fn person(customer: Option<CustomerId>, visitor: Option<VisitorId>) -> Result<Person, &'static str> {
    match (customer, visitor) {
        (Some(customer), None) => Ok(Person::Customer(customer)),
        (None, Some(visitor)) => Ok(Person::Visitor(visitor)),
        _ => Err("name the person by the customer's id or by a visitor's, and not by both"),
    }
}

/// The result of erasing a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErasedPerson {
    pub(crate) site: String,
    /// The customer's id, if the person has one.
    pub(crate) customer: Option<String>,
    /// The visitors who were this person.
    pub(crate) visitors: Vec<String>,
    /// Touchpoints that are gone, or would be.
    pub(crate) events: u64,
    /// Dead letters that are gone, or would be.
    pub(crate) dead: u64,
    /// Kept states of reports that were deleted.
    pub(crate) answers: u64,
    /// Files that earlier repairs put aside, which may have data of the person.
    pub(crate) aside: Vec<String>,
}

/// Erases a person, and the kept states of reports, of which some may name the person.
pub(crate) async fn erase(
    writer: &DataWriter,
    states: &KeptStates,
    site: &SiteId,
    person: &Person,
    dry_run: bool,
) -> Result<ErasedPerson> {
    let erased = writer.erase(site, person, dry_run).await?;
    let answers = match dry_run {
        true => 0,
        false => {
            let cleared = states.forget(writer.store().dir());
            let cleared = cleared.context(
                "the touchpoints are erased, but not all kept states of reports; delete the folder `answers` of the data folder",
            )?;
            cleared.files
        }
    };
    let aside = erased.aside.iter().map(|path| path.display().to_string());
    Ok(ErasedPerson {
        site: site.to_string(),
        visitors: erased.person.visitors.into_iter().collect(),
        customer: erased.person.customer,
        events: erased.events,
        dead: erased.dead,
        answers,
        aside: aside.collect(),
    })
}

/// A person's data: touchpoints with every field that has a value, and dead letters.
pub(crate) async fn export(store: &Store, site: &SiteId, config: Config, person: &Person) -> Result<Value> {
    let data = store.person(site, person).await?;
    let table = wayside_analyzer::sql::run(store, site, config, &query(&data)).await?;
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_ref()).collect();
    let touchpoints = table.rows.iter().map(|row| {
        let pairs = names.iter().zip(row).map(|(name, cell)| (*name, cell.to_json()));
        let pairs = pairs.filter(|(_, value)| !value.is_null());
        Value::Object(
            pairs
                .map(|(name, value)| (name.to_owned(), unpacked(name, value)))
                .collect::<Map<_, _>>(),
        )
    });
    let touchpoints: Vec<Value> = touchpoints.collect();
    let of = data.clone();
    let letters = dead_letters::list_where(store, site, usize::MAX, move |row| of.has_letter(row)).await?;
    Ok(json!({
        "site": site.as_str(),
        "customer": data.customer,
        "visitors": data.visitors,
        "touchpoints": touchpoints,
        "dead_letters": letters.letters,
    }))
}

/// The rows of a person. The columns are those of the table, with session, stage and channel.
fn query(data: &PersonData) -> String {
    let list = |texts: &mut dyn Iterator<Item = &String>| {
        let texts: Vec<String> = texts.map(|text| format!("'{}'", text.replace('\'', "''"))).collect();
        texts.join(", ")
    };
    let mut conditions = vec![format!("customer IN ({})", list(&mut data.keys.iter()))];
    if !data.visitors.is_empty() {
        conditions.push(format!("visitor IN ({})", list(&mut data.visitors.iter())));
    }
    if let Some(id) = &data.customer {
        conditions.push(format!("customer_id = {}", list(&mut std::iter::once(id))));
    }
    format!(
        "SELECT * FROM events WHERE {} ORDER BY time, writer, seq",
        conditions.join(" OR ")
    )
}

/// Properties, repairs and items, which the table has as JSON text, as JSON.
fn unpacked(name: &str, value: Value) -> Value {
    match &value {
        Value::String(text) if matches!(name, "props" | "repairs" | "items") => {
            serde_json::from_str(text).unwrap_or(value)
        }
        _ => value,
    }
}
