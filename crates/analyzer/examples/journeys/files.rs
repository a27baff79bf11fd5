//! The events as Parquet.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::shop::{Shop, Touch};

/// Writes both files.
pub(crate) fn write(rows: u64, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut all = Output::new(&folder.join("all.parquet"))?;
    let mut settled = Output::new(&folder.join("settled.parquet"))?;
    let mut shop = Shop::new(rows);
    let mut touches = Vec::new();
    while shop.visitor(&mut touches) {
        for touch in &touches {
            all.add(touch)?;
            if touch.is_settled() {
                settled.add(touch)?;
            }
        }
    }
    all.close()?;
    settled.close()
}

/// A file that is being written.
struct Output {
    columns: Columns,
    writer: ArrowWriter<File>,
}

impl Output {
    fn new(path: &Path) -> Result<Self, Box<dyn Error>> {
        let mut columns = Columns::new()?;
        let schema = columns.finish()?.schema();
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
        let writer = ArrowWriter::try_new(File::create(path)?, schema, Some(properties.build()))?;
        Ok(Self { columns, writer })
    }

    fn add(&mut self, touch: &Touch) -> Result<(), Box<dyn Error>> {
        self.columns.add(touch);
        if self.columns.rows >= BATCH_ROWS {
            self.writer.write(&self.columns.finish()?)?;
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), Box<dyn Error>> {
        self.writer.write(&self.columns.finish()?)?;
        self.writer.close()?;
        Ok(())
    }
}

/// Columns that are being filled.
struct Columns {
    rows: usize,
    times: TimestampMillisecondBuilder,
    texts: [StringBuilder; TEXTS.len()],
    amounts: [Decimal128Builder; AMOUNTS.len()],
    durations: [Int64Builder; DURATIONS.len()],
}

impl Columns {
    fn new() -> Result<Self, Box<dyn Error>> {
        let amount = || Decimal128Builder::new().with_precision_and_scale(10, 2);
        Ok(Self {
            rows: 0,
            times: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            texts: std::array::from_fn(|_| StringBuilder::new()),
            amounts: [amount()?, amount()?],
            durations: std::array::from_fn(|_| Int64Builder::new()),
        })
    }

    fn add(&mut self, touch: &Touch) {
        self.rows += 1;
        self.times.append_value(touch.time);
        let given = |text: &'static str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
        let origin = touch.origin;
        let texts = [
            Some(touch.visitor_id()),
            given(touch.kind.name()),
            touch.url(),
            origin.and_then(|origin| given(origin.source)),
            origin.and_then(|origin| given(origin.medium)),
            origin.and_then(|origin| given(origin.campaign)),
            origin.and_then(|origin| given(origin.referrer)),
            touch.item.map(|item| format!("SKU-{item}")),
            touch.order_id(),
            touch.item.and_then(|_| given("EUR")),
            touch.step.and_then(|step| given(step.name)),
        ];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.append_option(text);
        }
        let cents = touch.cents().map(i128::from);
        let [price, value] = &mut self.amounts;
        price.append_option(cents);
        value.append_option(cents.filter(|_| touch.order.is_some()));
        let [waiting, acting] = &mut self.durations;
        waiting.append_option(touch.step.map(|step| step.waiting_ms));
        acting.append_option(touch.step.map(|step| step.acting_ms));
    }

    fn finish(&mut self) -> Result<RecordBatch, Box<dyn Error>> {
        self.rows = 0;
        let time = ("time", Arc::new(self.times.finish()) as ArrayRef);
        let mut columns = vec![time];
        let texts = TEXTS.iter().zip(&mut self.texts);
        columns.extend(texts.map(|(name, column)| (*name, Arc::new(column.finish()) as ArrayRef)));
        let amounts = AMOUNTS.iter().zip(&mut self.amounts);
        columns.extend(amounts.map(|(name, column)| (*name, Arc::new(column.finish()) as ArrayRef)));
        let durations = DURATIONS.iter().zip(&mut self.durations);
        columns.extend(durations.map(|(name, column)| (*name, Arc::new(column.finish()) as ArrayRef)));
        let nullable = columns.into_iter().map(|(name, column)| (name, column, true));
        Ok(RecordBatch::try_from_iter_with_nullable(nullable)?)
    }
}

const TEXTS: [&str; 11] = [
    "visitor", "kind", "url", "source", "medium", "campaign", "referrer", "item_id", "order_id", "currency", "step",
];
const AMOUNTS: [&str; 2] = ["price", "value"];
const DURATIONS: [&str; 2] = ["waiting_ms", "acting_ms"];

/// Rows that are written together: some megabytes.
const BATCH_ROWS: usize = 65_536;
