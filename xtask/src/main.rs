//! Builds, runs, tests and measures Bulkhead.

fn main() {}
