//! Journey scan, reports, SQL and import.
