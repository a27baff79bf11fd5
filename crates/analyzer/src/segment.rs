//! Segments: customers chosen by a rule.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::AsArray;
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::find_aggregate_exprs;
use datafusion::prelude::{col, lit};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use wayside_model::SiteId;
use wayside_store::{Snapshot, Store};

use crate::error::{Error, store_error};
use crate::import::nearest;
use crate::run::known_snapshot;
use crate::scan::{Engine, MEMORY_DEFAULT_BYTES, Scope, Traffic};
use crate::sql::{self, Events};
use crate::table::{Cell, Column, Table, Unit, counted};

/// The customers of a site for whom a rule holds. The rule is a condition in SQL on the columns of the view `events`, and is judged by
/// the touchpoints of the report's range and traffic. Without aggregate functions it has to hold for any one of a customer's
/// touchpoints; with them (`count(*) >= 3`, `sum(value) > 100`) for all of them together.
#[derive(Clone)]
pub struct Segment {
    site: SiteId,
    rule: String,
    /// The chosen customers, once they are known: by half of the SHA-256 of their keys, which no two customers share.
    members: Option<Arc<HashSet<u128>>>,
}

impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        (&self.site, &self.rule) == (&other.site, &other.rule)
    }
}

impl Eq for Segment {}

impl Hash for Segment {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.site, &self.rule).hash(hasher);
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Segment").field(&self.rule).finish()
    }
}

impl Segment {
    /// The segment that `text` asks for: the name of one of the site's own segments, which `named` contains by name, or a rule.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use wayside_analyzer::Segment;
    /// use wayside_model::SiteId;
    ///
    /// let site = SiteId::parse("shop").unwrap();
    /// let named = BTreeMap::from([("buyers".to_owned(), "kind = 'purchase'".to_owned())]);
    /// let buyers = Segment::choose(&site, "buyers", &named).unwrap();
    /// assert_eq!(buyers.rule(), "kind = 'purchase'");
    /// let error = Segment::choose(&site, "byers", &named).unwrap_err();
    /// assert!(error.to_string().contains("did you mean \"buyers\"?"));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if `text` is a single word that names no segment. A rule that is not a condition is found when it is judged.
    pub fn choose(site: &SiteId, text: &str, named: &BTreeMap<String, String>) -> Result<Self, Error> {
        let text = text.trim();
        let rule = match named.get(text) {
            Some(rule) => rule.as_str(),
            None if is_name(text) => return Err(unknown(text, named)),
            None => text,
        };
        Ok(Self {
            site: site.clone(),
            rule: rule.to_owned(),
            members: None,
        })
    }

    /// The rule.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// A note on what a report of so many customers leaves out.
    pub(crate) fn note(&self, customers: u64) -> String {
        match customers {
            0 => format!(
                "Nobody is in the segment: there is no customer in this range with {}.",
                self.rule
            ),
            _ => format!(
                "Only the customers of a segment: {} with {}.",
                counted(customers, "customer"),
                self.rule
            ),
        }
    }

    /// The same segment, which knows its members among the customers of a snapshot.
    ///
    /// # Errors
    ///
    /// Fails if the rule is not a condition on the columns of `events`, or the data cannot be read.
    pub(crate) async fn resolved(&self, snapshot: &Snapshot, scope: &Scope) -> Result<Self, Error> {
        let engine = Engine::new(snapshot, MEMORY_DEFAULT_BYTES)?;
        let context = engine.context();
        let events = Events::new(snapshot.clone(), &self.site).with(scope.config.clone());
        let mut events = context.read_table(Arc::new(events))?;
        let at = |ms| lit(ScalarValue::TimestampMillisecond(Some(ms), Some("UTC".into())));
        if let Some(from) = scope.range.from() {
            events = events.filter(col("time").gt_eq(at(from)))?;
        }
        if let Some(to) = scope.range.to() {
            events = events.filter(col("time").lt(at(to)))?;
        }
        events = match scope.traffic {
            Traffic::People => events.filter(col("automated").is_not_true())?,
            Traffic::Automated => events.filter(col("automated").is_true())?,
            Traffic::All => events,
        };
        // By itself first, so that it is one condition and nothing else.
        let condition = events.parse_sql_expr(&self.rule).map_err(|error| self.refused(error))?;
        context.register_table("events", events.into_view())?;
        // The line break ends a comment.
        let rule = &self.rule;
        let query = match find_aggregate_exprs([&condition]).is_empty() {
            true => format!("SELECT DISTINCT customer FROM events WHERE ({rule}\n)"),
            false => format!("SELECT customer FROM events GROUP BY customer HAVING ({rule}\n)"),
        };
        let plan = context.state().create_logical_plan(&query).await;
        let plan = plan.map_err(|error| self.refused(error))?;
        sql::check(&plan)?;
        let chosen = context.execute_logical_plan(plan).await;
        let chosen = chosen.map_err(|error| self.refused(error))?;
        let mut batches = chosen.execute_stream().await.map_err(|error| self.refused(error))?;
        let mut members = HashSet::new();
        while let Some(batch) = batches.try_next().await.map_err(|error| self.refused(error))? {
            let customers = batch.column(0).as_string::<i32>();
            members.extend(customers.iter().flatten().map(half));
        }
        Ok(Self {
            members: Some(Arc::new(members)),
            ..self.clone()
        })
    }

    /// Whether it has this customer, once its members are known.
    pub(crate) fn has(&self, customer: &str) -> bool {
        self.members
            .as_ref()
            .is_some_and(|members| members.contains(&half(customer)))
    }

    fn refused(&self, error: DataFusionError) -> Error {
        if let Some(error) = store_error(&error) {
            return error.into();
        }
        let reason = error.strip_backtrace();
        let reason = reason.lines().next().unwrap_or_default().replace("\"?table?\".", "");
        let expected = format!(
            "a name of the site's segments, or a condition in SQL on the columns of `events`, such as kind = 'purchase' AND value > 50 \
             ({reason})"
        );
        Error::bad_param("segment", &self.rule, expected)
    }
}

/// The segments of a site, with their rules and sizes. `named` contains the rules by name; `scope` says which touchpoints are judged.
///
/// # Errors
///
/// Fails if the site is unknown, a rule is not a condition on the columns of `events`, or the data cannot be read.
pub async fn segments(
    store: &Store,
    site: &SiteId,
    named: &BTreeMap<String, String>,
    scope: &Scope,
) -> Result<Table, Error> {
    let snapshot = known_snapshot(store, site).await?;
    let count = async |text: &str| {
        let segment = Segment::choose(site, text, named)?.resolved(&snapshot, scope).await?;
        Ok::<_, Error>(segment.members.map_or(0, |members| members.len() as u64))
    };
    let mut table = Table::new(COLUMNS);
    (table.report, table.title, table.site) = ("segments", "Segments", site.as_str().to_owned());
    table.range = scope.range;
    table.customers = count(EVERYBODY).await?;
    for (name, rule) in named {
        let customers = count(name).await?;
        table.push(vec![
            Cell::text(name),
            Cell::Count(customers),
            Cell::share(customers, table.customers),
            Cell::text(rule),
        ]);
    }
    if named.is_empty() {
        table.note("The site has no segments yet; wayside.toml names them: [sites.SITE.segments] buyers = \"kind = 'purchase'\".");
    }
    Ok(table)
}

/// A rule that holds for everybody.
const EVERYBODY: &str = "true = true";

const COLUMNS: &[Column] = &[
    Column::text("segment", "The segment."),
    Column::number("customers", Unit::Count, "Customers in it."),
    Column::number("share", Unit::Ratio, "Their share of all customers in the range."),
    Column::text("rule", "Its rule."),
];

/// Whether a text is a single word, which no condition is.
fn is_name(text: &str) -> bool {
    text.chars()
        .all(|one| one.is_alphanumeric() || matches!(one, '-' | '_'))
}

fn unknown(name: &str, named: &BTreeMap<String, String>) -> Error {
    let known: Vec<&str> = named.keys().map(String::as_str).collect();
    let near = nearest(name, known.iter().copied());
    let near = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
    let known = match known.as_slice() {
        [] => "wayside.toml names none of this site".to_owned(),
        known => format!("segments: {}", known.join(", ")),
    };
    let expected = format!(
        "the name of a segment ({known}) or a condition in SQL on the columns of `events`, such as kind = 'purchase' AND value > 50{near}"
    );
    Error::bad_param("segment", name, expected)
}

fn half(customer: &str) -> u128 {
    let hash: [u8; 32] = Sha256::digest(customer.as_bytes()).into();
    hash.iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}
