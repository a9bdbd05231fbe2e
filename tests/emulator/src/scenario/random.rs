//! Random systems: those that are accepted run, those that are refused would not. `cargo xtask soak-manifests` boots more.

use random_systems::MISTAKES;
use xtask::soak_manifests::{Fate, accepted, forced};

/// Seeds of systems with one CPU, whose time is counted, so that each run is the same. The last one has a pool.
const SEEDS: [u64; 3] = [9, 19, 113];

/// Some seeds, all the way.
pub fn random_systems() {
    for seed in SEEDS {
        let fate = accepted(seed).unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        assert_eq!(fate, Fate::Runs, "seed {seed}");
    }
}

/// Two mistakes that only show when the system runs, and one that the core finds in the image.
pub fn mistaken_systems() {
    for (seed, mistake) in (0..).zip(MISTAKES.iter().take(3)) {
        let fate = forced(seed, mistake).unwrap_or_else(|failure| panic!("{}: {failure}", mistake.name));
        assert!(matches!(fate, Fate::Fails(_)), "{}: {fate:?}", mistake.name);
    }
}
