//! Builders, generators, a fixed clock: for tests only.
