//! A production system holds nothing of fault injection; one that is built for it does, so that the search is known to
//! find it.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use xtask::build::{self, Flavour};
use xtask::workspace;

/// Words that only code of fault injection holds.
const MARKERS: [&str; 2] = ["bulkhead-inject", "before-commit"];
/// Builds write to shared places, so there is one at a time.
static BUILDING: Mutex<()> = Mutex::new(());

fn holds_injection(path: &PathBuf) -> bool {
    let bytes = fs::read(path).unwrap();
    MARKERS.iter().any(|marker| bytes.windows(marker.len()).any(|window| window == marker.as_bytes()))
}

fn binaries(flavour: Flavour, tasks: &[String]) -> Vec<PathBuf> {
    let _alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let core = build::core(flavour).unwrap_or_else(|failure| panic!("{failure}"));
    let programs = build::programs(flavour, tasks).unwrap_or_else(|failure| panic!("{failure}"));
    programs.into_iter().chain([core]).collect()
}

#[test]
fn a_production_system_holds_no_fault_injection() {
    for path in binaries(Flavour::Production, &workspace::task_packages()) {
        assert!(!holds_injection(&path), "{} can inject faults", path.display());
    }
}

#[test]
fn a_system_for_fault_injection_is_known_by_its_words() {
    for path in binaries(Flavour::Injection, &["vrtc".to_owned(), "vuart".to_owned()]) {
        assert!(holds_injection(&path), "{} cannot inject faults", path.display());
    }
}
