//! Replacing: rows of an import take the place of earlier ones of the same id, in the commit that brings them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use wayside_model::SiteId;

use crate::delta::{Table, TableFile};
use crate::durable;
use crate::error::{Error, Result};
use crate::fresh::Fresh;
use crate::gone::Gone;
use crate::identities::Identities;
use crate::imports::{self, Register};
use crate::store::blocking;

impl Fresh {
    /// Finds the rows of the table that fresh rows replace, and determines the identities again.
    pub(crate) async fn replacing(mut self, table: &Table, before: &Arc<Identities>) -> Result<Self> {
        let (root, files, before) = (table.root().to_path_buf(), table.files()?, Arc::clone(before));
        blocking(move || {
            let sites: Vec<SiteId> = self.sites.keys().cloned().collect();
            for site in &sites {
                let here: Vec<&TableFile> = files
                    .iter()
                    .filter(|file| file.value("site") == site.as_str())
                    .collect();
                let mut gone = Gone::clone(&self.gone);
                gone.add_told(&root, &here)?;
                for (received_at, hashes) in gone.replaced_in(&root, &here)? {
                    self.replaced.entry(received_at).or_default().extend(hashes);
                }
                self.gone = Arc::new(gone);
            }
            for site in &sites {
                self.learn_anew(&root, &files, site, &before)?;
            }
            Ok(self)
        })
        .await
    }

    /// Learns anew who a site's visitors are, of the table without what is gone and of the load; `before` is who they were.
    pub(crate) fn learn_anew(
        &mut self,
        root: &Path,
        files: &[TableFile],
        site: &SiteId,
        before: &Identities,
    ) -> Result<()> {
        let identities = Arc::make_mut(&mut self.identities);
        identities.forget(site);
        let files = files.iter().filter(|file| file.value("site") == site.as_str());
        identities.learn_from_files(root, files, &self.gone)?;
        identities.merge(Identities::clone(&self.learned));
        let fresh = self.sites.entry(site.clone()).or_default();
        fresh.outdated.extend(identities.outdated_since(before, site));
        self.identities_changed |= identities != before;
        Ok(())
    }
}

/// The hashes of replaced rows by the time of arrival of the import that replaces them.
pub(crate) type Replaced = BTreeMap<i64, HashSet<u64>>;

/// Notes beside the register which rows imports have replaced, so that a repair does not bring them back from an earlier file.
/// Only a replacement that is committed is noted: an undo and a repair remove each row that is noted.
pub(crate) fn note(dir: &Path, replaced: Replaced) -> Result<()> {
    if replaced.is_empty() {
        return Ok(());
    }
    let register = Register::load(dir)?;
    for (received_at, hashes) in replaced {
        let import = register.imports.iter().find(|import| import.received_at == received_at);
        let Some(import) = import else { continue };
        let path = imports::replaced_file(dir, import.id);
        let known = imports::read_numbers(&path)?;
        let all: HashSet<u64> = known.into_iter().chain(hashes).collect();
        let bytes: Vec<u8> = all.into_iter().flat_map(u64::to_le_bytes).collect();
        durable::write_file(&path, [bytes.as_slice()], true).map_err(|err| Error::io("write", &path, err))?;
    }
    Ok(())
}
