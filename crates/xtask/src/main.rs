//! Set-up, builds and checks.

fn main() {}
