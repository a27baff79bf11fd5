//! Checks of batches from files or stdin.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wayside_model::wire::{self, Decoded};
use wayside_model::{EventId, Value, accept};
use wayside_plan::{Plan, Seen};

use super::{Checked, Refused, Wanted};

/// Checks the batches of a file, or of all files of a folder.
pub(crate) fn check_path(path: &Path, plan: &Plan, wanted: &Wanted) -> Result<Checked> {
    let mut checking = Checking::new(plan, wanted);
    if path.is_dir() {
        let files = files(path)?;
        if files.is_empty() {
            bail!(
                "the folder {} contains neither data nor files of batches; pass a data folder or a file",
                path.display()
            );
        }
        for file in files {
            checking.take_file(&file)?;
        }
    } else {
        checking.take_file(path)?;
    }
    Ok(checking.checked)
}

/// Checks the batches on stdin.
pub(crate) fn check_stdin(plan: &Plan, wanted: &Wanted) -> Result<Checked> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read stdin")?;
    let mut checking = Checking::new(plan, wanted);
    checking.take(&bytes).context("stdin")?;
    Ok(checking.checked)
}

/// The files of a folder, sorted by name, without hidden ones.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot list the folder {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The state of checking batches.
struct Checking<'a> {
    plan: &'a Plan,
    wanted: &'a Wanted,
    /// Events that have been checked, because a page may have sent one twice.
    known: BTreeSet<EventId>,
    checked: Checked,
}

impl<'a> Checking<'a> {
    fn new(plan: &'a Plan, wanted: &'a Wanted) -> Self {
        Self {
            plan,
            wanted,
            known: BTreeSet::new(),
            checked: Checked::default(),
        }
    }

    fn take_file(&mut self, file: &Path) -> Result<()> {
        let bytes = std::fs::read(file).with_context(|| {
            format!(
                "cannot read {}; the target is a data folder, an address, a file or folder of batches, or -",
                file.display()
            )
        })?;
        self.take(&bytes).with_context(|| file.display().to_string())
    }

    /// Checks one binary batch, or any number of consecutive JSON batches.
    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        const ADVICE: &str = "a batch is the body that a page posts to /v1/batch, in binary or as JSON (docs/wire.md)";
        if bytes.first() == Some(&wire::BINARY) {
            let batch = wire::decode(bytes).with_context(|| format!("this is not a batch; {ADVICE}"))?;
            self.take_batch(batch);
            return Ok(());
        }
        let mut count = 0;
        for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
            count += 1;
            let value = value.with_context(|| format!("batch {count} is not JSON; {ADVICE}"))?;
            let batch = wire::from_value(&value).with_context(|| format!("value {count} is not a batch; {ADVICE}"))?;
            self.take_batch(batch);
        }
        if count == 0 {
            bail!("it contains no batch; {ADVICE}");
        }
        Ok(())
    }

    fn take_batch(&mut self, batch: Decoded) {
        let Wanted { site, looked, .. } = self.wanted;
        let is_other_site = site.as_ref().is_some_and(|site| *site != batch.site);
        if is_other_site || !looked.traffic.takes(batch.automated) {
            return;
        }
        for event in batch.good {
            if !looked.range.contains(event.time) || !self.known.insert(event.id) {
                continue;
            }
            if let Err(error) = accept::event(&event) {
                self.refuse(event.id, error.code(), error.to_string());
                continue;
            }
            let seen = Seen {
                time: event.time.millis(),
                writer: event.id.writer.to_hex(),
                seq: event.id.seq,
                visitor: event.visitor.as_str().to_owned(),
            };
            let touchpoint = Value::Map(event.touchpoint.to_pairs());
            self.checked
                .findings
                .observe(self.plan, &touchpoint, seen, looked.limit);
        }
        for bad in batch.bad {
            let id = EventId {
                writer: batch.writer,
                seq: bad.seq,
            };
            let is_in_range = bad.time.is_none_or(|time| looked.range.contains(time));
            if is_in_range && self.known.insert(id) {
                self.refuse(id, bad.code, bad.detail);
            }
        }
    }

    fn refuse(&mut self, id: EventId, code: &'static str, detail: String) {
        self.checked.refused.push(Refused {
            writer: id.writer.to_hex(),
            seq: id.seq,
            code,
            detail,
        });
    }
}
