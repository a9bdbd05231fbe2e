//! Parses, checks and compiles manifests.
#![forbid(unsafe_code)]
