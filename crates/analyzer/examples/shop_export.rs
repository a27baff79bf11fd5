//! Writes what a web shop exports of its visits, for `cargo xtask bench import`: `shop_export FILE ROWS`.
//!
//! The same number of rows gives the same file: a year of visits, by time, as Parquet. `shop_export.toml` beside this file is
//! the mapping that reads it.

mod random;

use std::error::Error;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use random::{Random, mixed};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("usage: shop_export FILE ROWS".into());
    };
    let rows: u64 = rows.parse()?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let mut shop = Shop::new(rows);
    let mut writer = None;
    let mut left = rows;
    while left > 0 {
        let count = left.min(BATCH_ROWS);
        left -= count;
        let batch = shop.batch(count)?;
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(ArrowWriter::try_new(
                File::create(&path)?,
                batch.schema(),
                Some(properties.clone().build()),
            )?),
        };
        writer.write(&batch)?;
    }
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(())
}

/// Visits that go on at the same time.
struct Shop {
    random: Random,
    visits: Vec<Visit>,
    /// Time of the last row, and from each row to the next.
    time: i64,
    step: i64,
    visitors: u64,
    row: u64,
    orders: u64,
}

struct Visit {
    visitor: u64,
    /// How many rows it has had, and will have.
    page: u64,
    pages: u64,
    is_buying: bool,
    campaign: u64,
    product: u64,
}

impl Shop {
    fn new(rows: u64) -> Self {
        let mut shop = Self {
            random: Random(1),
            visits: Vec::new(),
            time: YEAR_BEGINS,
            step: YEAR_MS / rows.max(1) as i64,
            visitors: rows.div_ceil(ROWS_OF_A_VISITOR),
            row: 0,
            orders: 0,
        };
        for _ in 0..VISITS_AT_ONCE {
            let visit = shop.visit();
            shop.visits.push(visit);
        }
        shop
    }

    /// A visit that begins.
    fn visit(&mut self) -> Visit {
        let random = &mut self.random;
        let is_buying = random.below(20) == 0;
        Visit {
            visitor: random.below(self.visitors),
            page: 0,
            pages: if is_buying { 6 } else { 1 + random.below(12) },
            is_buying,
            campaign: random.below(8),
            product: random.below(PRODUCTS),
        }
    }

    fn batch(&mut self, rows: u64) -> Result<RecordBatch, Box<dyn Error>> {
        let mut texts: [StringBuilder; 9] = std::array::from_fn(|_| StringBuilder::new());
        let mut times = TimestampMillisecondBuilder::new().with_timezone("UTC");
        let amount = || Decimal128Builder::new().with_precision_and_scale(10, 2);
        let (mut prices, mut values) = (amount()?, amount()?);
        for _ in 0..rows {
            self.row += 1;
            self.time += self.step;
            let at = self.random.below(VISITS_AT_ONCE) as usize;
            let visit = &mut self.visits[at];
            if !visit.is_buying && visit.page > 0 && self.random.below(3) == 0 {
                visit.product = self.random.below(PRODUCTS);
            }
            let event = match (visit.is_buying, visit.page) {
                (true, 5) => "purchase",
                (true, 4) => "begin_checkout",
                (true, 3) => "add_to_cart",
                (_, 0) => "page_view",
                (_, page) if page % 2 == 1 => "view_item",
                (_, page) if page % 8 == 6 => "add_to_cart",
                _ => "page_view",
            };
            let product = visit.product;
            let path = match event {
                "page_view" if visit.page == 0 => String::new(),
                "page_view" => format!("category/{}?page={}", product % 40, visit.page),
                "begin_checkout" => "checkout/address".to_owned(),
                "purchase" => "checkout/thanks".to_owned(),
                _ => format!("product/{product}-{}", NAMES[(product % 8) as usize]),
            };
            let is_first = visit.page == 0;
            let campaign = CAMPAIGNS[visit.campaign as usize]
                .filter(|_| is_first)
                .unwrap_or_default();
            let price = 499 + i128::from(product % 97) * 100;
            let [
                ids,
                visitors,
                customers,
                events,
                urls,
                referrers,
                products,
                orders,
                currencies,
            ] = &mut texts;
            ids.append_value(format!("{:016x}", mixed(self.row)));
            visitors.append_value(format!(
                "{}.{}",
                mixed(visit.visitor) % 10_000_000_000,
                1_700_000_000 + visit.visitor
            ));
            // A tenth of the visitors have an account.
            let customer =
                (visit.visitor.is_multiple_of(10) && visit.page > 1).then(|| format!("C{:07}", visit.visitor / 15));
            customers.append_option(customer);
            events.append_value(event);
            urls.append_value(format!("https://shop.example/{path}{campaign}"));
            let from_search = is_first && visit.campaign < 3;
            referrers.append_option(from_search.then_some("https://www.google.com/"));
            times.append_value(self.time);
            let has_product = matches!(event, "view_item" | "add_to_cart" | "purchase");
            products.append_option(has_product.then(|| format!("SKU-{product}")));
            prices.append_option(has_product.then_some(price));
            let is_sale = event == "purchase";
            self.orders += u64::from(is_sale);
            orders.append_option(is_sale.then(|| format!("O{:08}", self.orders)));
            values.append_option(is_sale.then_some(price));
            currencies.append_option(has_product.then_some("EUR"));
            visit.page += 1;
            if visit.page == visit.pages {
                let next = self.visit();
                self.visits[at] = next;
            }
        }
        let mut columns: Vec<(&str, ArrayRef)> = TEXTS
            .iter()
            .zip(&mut texts)
            .map(|(name, text)| (*name, Arc::new(text.finish()) as ArrayRef))
            .collect();
        columns.push(("event_time", Arc::new(times.finish())));
        columns.push(("price", Arc::new(prices.finish())));
        columns.push(("order_value", Arc::new(values.finish())));
        Ok(RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        )?)
    }
}

const TEXTS: [&str; 9] = [
    "event_id",
    "visitor",
    "customer",
    "event",
    "page_location",
    "page_referrer",
    "product_id",
    "order_id",
    "currency",
];

const NAMES: [&str; 8] = [
    "harbour-mug",
    "rain-teapot",
    "tide-plate",
    "breakfast-bowl",
    "wool-blanket",
    "linen-napkin",
    "oak-board",
    "brass-lamp",
];

/// Query strings behind the address of a visit's first page.
const CAMPAIGNS: [Option<&str>; 8] = [
    None,
    None,
    None,
    Some("?utm_source=newsletter&utm_medium=email&utm_campaign=spring"),
    Some("?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=Cj0KCQjw"),
    None,
    None,
    None,
];

/// 2025-01-01 and a year from there.
const YEAR_BEGINS: i64 = 1_735_689_600_000;
const YEAR_MS: i64 = 365 * 86_400_000;

/// With ten million rows a year, a visitor then does something about every minute.
const VISITS_AT_ONCE: u64 = 20;

/// About three visits a year.
const ROWS_OF_A_VISITOR: u64 = 20;

const PRODUCTS: u64 = 4_000;
const BATCH_ROWS: u64 = 65_536;
