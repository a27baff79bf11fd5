//! The log and the Delta Lake table.
