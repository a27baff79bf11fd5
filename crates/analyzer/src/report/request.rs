//! A request for a report: its name and parameters.

use std::collections::BTreeMap;

use super::definition;
use crate::error::Error;

/// A report to run, with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReportRequest {
    /// The report's name.
    pub name: String,
    /// Its parameters by name; those left out have their defaults.
    pub params: BTreeMap<String, String>,
}

impl ReportRequest {
    /// A report with its defaults.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            params: BTreeMap::new(),
        }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// The canonical form of the request, which all equal requests share: the report's name, and those of its own parameters that
    /// differ from their defaults. The parameters common to all reports are not included; a [`Query`](crate::Query) contains them.
    ///
    /// # Errors
    ///
    /// An unknown report or parameter, or a value that the report refuses.
    pub fn canonical(&self) -> Result<Self, Error> {
        let report = definition(&self.name)?;
        report.make(self)?;
        let own = report.params.iter().filter_map(|param| {
            let value = self.params.get(param.name)?.trim();
            (!value.is_empty() && value != param.default).then(|| (param.name.to_owned(), value.to_owned()))
        });
        Ok(Self {
            name: report.name.to_owned(),
            params: own.collect(),
        })
    }

    /// Whether it is about one person. Run alone, it then reads only that person's journey.
    ///
    /// # Errors
    ///
    /// As [`ReportRequest::canonical`].
    pub fn is_about_one(&self) -> Result<bool, Error> {
        Ok(definition(&self.name)?.make(self)?.whom().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_requests_have_the_same_canonical_form() {
        let plain = ReportRequest::new("journey-map");
        for same in [
            ReportRequest::new(" journey_map "),
            ReportRequest::new("journey-map").with("site", "shop").with("from", "5"),
        ] {
            assert_eq!(same.canonical().unwrap(), plain);
        }
        let funnel = ReportRequest::new("funnel").with("window_days", "3");
        let same = funnel
            .clone()
            .with("order", "ordered")
            .with("steps", " ")
            .with("window_days", " 3 ");
        assert_eq!(same.canonical().unwrap(), funnel);
        let other = funnel.clone().with("order", "strict");
        assert_eq!(other.canonical().unwrap(), other);
        for refused in [("order", "odd"), ("odd", "3")] {
            assert!(
                ReportRequest::new("funnel")
                    .with(refused.0, refused.1)
                    .canonical()
                    .is_err()
            );
        }
        assert!(!funnel.is_about_one().unwrap());
        assert!(
            ReportRequest::new("timeline")
                .with("visitor", "v1")
                .is_about_one()
                .unwrap()
        );
    }
}
