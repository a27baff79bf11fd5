//! The browser's storage. Every call may throw there, so every answer may be missing.

use wayside_model::{SiteId, WriterId};
use web_sys::Storage;

use crate::host::WINDOW;

/// The site's keys in `localStorage`, and this tab's in `sessionStorage`.
pub(crate) struct SiteStorage {
    local: Option<Storage>,
    session: Option<Storage>,
    site: String,
}

impl SiteStorage {
    /// The storage of this page; without one, everything is missing and nothing can be set.
    pub(crate) fn open(site: &SiteId) -> Self {
        WINDOW.with(|window| Self {
            // The getters themselves throw where storage is blocked, and Firefox can switch it off to null.
            local: window.local_storage().ok().flatten(),
            session: window.session_storage().ok().flatten(),
            site: site.as_str().into(),
        })
    }

    /// The name of `wayside.WHAT.SITE`.
    pub(crate) fn key(&self, what: &str) -> String {
        let mut key = String::from("wayside.");
        key.push_str(what);
        key.push('.');
        key.push_str(&self.site);
        key
    }

    /// The text under a key.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.local.as_ref()?.get_item(key).ok()?
    }

    /// Whether the text was stored.
    pub(crate) fn set(&self, key: &str, text: &str) -> bool {
        self.local
            .as_ref()
            .is_some_and(|storage| storage.set_item(key, text).is_ok())
    }

    /// Removes a key.
    pub(crate) fn remove(&self, key: &str) {
        if let Some(storage) = &self.local {
            // What cannot be removed could not be stored either.
            let _ = storage.remove_item(key);
        }
    }

    /// The outboxes of all writers, each under its key.
    pub(crate) fn outboxes(&self) -> Vec<(String, String)> {
        let mut prefix = self.key("outbox");
        prefix.push('.');
        let mut found = Vec::new();
        for key in self.keys() {
            if key.starts_with(&prefix)
                && let Some(text) = self.text(&key)
            {
                found.push((key, text));
            }
        }
        found
    }

    /// Removes everything of the site but the decision on consent.
    pub(crate) fn purge(&self) {
        for what in ["visitor", "journey"] {
            self.remove(&self.key(what));
        }
        for (key, _) in self.outboxes() {
            self.remove(&key);
        }
        if let Some(storage) = &self.session {
            let _ = storage.remove_item(&self.key("writer"));
        }
    }

    /// The writer before this one in the tab; from now on it is `writer`.
    pub(crate) fn succeed(&self, writer: WriterId) -> Option<WriterId> {
        let storage = self.session.as_ref()?;
        let key = self.key("writer");
        let before = storage.get_item(&key).ok().flatten();
        let _ = storage.set_item(&key, &writer.to_hex());
        WriterId::parse(&before?).ok()
    }

    fn keys(&self) -> Vec<String> {
        let Some(storage) = &self.local else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for at in 0..storage.length().unwrap_or_default() {
            keys.extend(storage.key(at).ok().flatten());
        }
        keys
    }
}
