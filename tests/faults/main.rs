//! Acknowledged events are never lost, whatever happens to the process and the disk.

#[path = "../../crates/store/tests/common/mod.rs"]
mod common;

mod child;
mod disk;
mod flips;
mod kill;
mod log;
mod race;
mod table;
