//! Requests about dead letters and about persons.

use anyhow::Result;
use reqwest::Url;
use wayside_model::SiteId;
use wayside_store::Person;

use super::Remote;
use crate::command::Deed;
use crate::dead_letters::{Asked, Listed, Sorted};
use crate::people::ErasedPerson;

impl Remote {
    /// Lists dead letters of a site; `None` is the server's only one.
    pub(crate) async fn dead_letters(&self, site: Option<&SiteId>, asked: &Asked, limit: usize) -> Result<Listed> {
        let mut url = self.url("api/dead-letters")?;
        add_asked(&mut url, site, asked);
        url.query_pairs_mut().append_pair("limit", &limit.to_string());
        self.json(self.client.get(url)).await
    }

    /// Replays or drops dead letters.
    pub(crate) async fn sort_letters(
        &self,
        deed: Deed,
        site: Option<&SiteId>,
        asked: &Asked,
        dry_run: bool,
    ) -> Result<Sorted> {
        let mut url = self.url(match deed {
            Deed::Replay => "api/dead-letters/replay",
            Deed::Drop => "api/dead-letters/drop",
        })?;
        add_asked(&mut url, site, asked);
        url.query_pairs_mut()
            .append_pair("dry_run", if dry_run { "true" } else { "false" });
        self.json(self.client.post(url)).await
    }

    /// Erases a person; `None` is the server's only site.
    pub(crate) async fn erase(&self, site: Option<&SiteId>, person: &Person, dry_run: bool) -> Result<ErasedPerson> {
        let mut url = self.url("api/erase")?;
        add_person(&mut url, site, person);
        url.query_pairs_mut()
            .append_pair("dry_run", if dry_run { "true" } else { "false" });
        self.json(self.client.post(url)).await
    }

    /// Reads all that is stored of a person.
    pub(crate) async fn export(&self, site: Option<&SiteId>, person: &Person) -> Result<serde_json::Value> {
        let mut url = self.url("api/export")?;
        add_person(&mut url, site, person);
        self.json(self.client.get(url)).await
    }
}

fn add_person(url: &mut Url, site: Option<&SiteId>, person: &Person) {
    let mut query = url.query_pairs_mut();
    if let Some(site) = site {
        query.append_pair("site", site.as_str());
    }
    match person {
        Person::Customer(id) => query.append_pair("customer", id.as_str()),
        Person::Visitor(id) => query.append_pair("visitor", id.as_str()),
    };
}

fn add_asked(url: &mut Url, site: Option<&SiteId>, asked: &Asked) {
    let mut query = url.query_pairs_mut();
    if let Some(site) = site {
        query.append_pair("site", site.as_str());
    }
    if let Some(reason) = &asked.reason {
        query.append_pair("reason", reason);
    }
    if !asked.ids.is_empty() {
        let ids: Vec<String> = asked.ids.iter().map(ToString::to_string).collect();
        query.append_pair("ids", &ids.join(","));
    }
}
