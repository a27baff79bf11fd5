//! The live views that are open, during which pages send more often.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wayside_model::SiteId;

/// The number of live views that are open, by site. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Watchers(Arc<Mutex<BTreeMap<Watched, usize>>>);

/// A site, or all of them.
type Watched = Option<SiteId>;

/// An open live view; it ends when this is dropped.
#[derive(Debug)]
pub struct Watching {
    watchers: Watchers,
    watched: Watched,
}

impl Watchers {
    /// Counts a live view of a site, or of all sites.
    pub fn watch(&self, watched: Option<SiteId>) -> Watching {
        *self.counts().entry(watched.clone()).or_default() += 1;
        Watching {
            watchers: self.clone(),
            watched,
        }
    }

    /// Whether anybody watches this site.
    pub(crate) fn watch_over(&self, site: &SiteId) -> bool {
        let counts = self.counts();
        // Mostly nobody watches anything.
        !counts.is_empty() && (counts.contains_key(&None) || counts.contains_key(&Some(site.clone())))
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Watched, usize>> {
        // A count is right after every step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut counts = self.watchers.counts();
        if let Some(count) = counts.get_mut(&self.watched) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.watched);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_watched_while_a_view_of_it_or_of_all_sites_is_open() {
        let (shop, bank) = (SiteId::parse("shop").unwrap(), SiteId::parse("bank").unwrap());
        let watchers = Watchers::default();
        let watched = || [&shop, &bank].map(|site| watchers.watch_over(site));
        assert_eq!(watched(), [false, false]);
        let one = watchers.watch(Some(shop.clone()));
        let another = watchers.watch(Some(shop.clone()));
        assert_eq!(watched(), [true, false]);
        let all = watchers.watch(None);
        assert_eq!(watched(), [true, true]);
        drop((one, all));
        assert_eq!(watched(), [true, false]);
        drop(another);
        assert_eq!(watched(), [false, false]);
    }
}
