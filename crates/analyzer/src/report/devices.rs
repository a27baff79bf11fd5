//! The device of a visit.

use std::collections::BTreeMap;

use wayside_model::{Device, Field};

use crate::scan::{Row, SessionView};

/// Follows a journey and knows the device that each of its visits is on: the one that its touchpoints named last. Pages name
/// it when they load; imported rows may name it each.
#[derive(Debug, Default)]
pub(super) struct Devices(BTreeMap<u32, Device>);

impl Devices {
    /// The device of a whole visit.
    pub(super) fn of(session: &SessionView<'_>) -> Option<Device> {
        let mut devices = Self::default();
        session.rows().fold(None, |_, row| devices.follow(&row))
    }

    /// Reads the next row of the journey and returns the device of its visit; `None` if no row of it has named one so far.
    pub(super) fn follow(&mut self, row: &Row<'_>) -> Option<Device> {
        if let Some(word) = row.text_of(Field::Device) {
            self.0.insert(row.session(), Device::from_word(word));
        }
        self.0.get(&row.session()).copied()
    }
}

/// The word for visits without a device.
pub(super) const UNKNOWN: &str = "unknown";

/// The device's name, or [`UNKNOWN`] without a device.
pub(super) fn name(device: Option<Device>) -> &'static str {
    device.map_or(UNKNOWN, Device::name)
}
