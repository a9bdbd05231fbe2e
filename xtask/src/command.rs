//! What can be asked of this tool.

use crate::emulator::Kind;
use crate::report::Format;
use std::path::PathBuf;
use std::time::Duration;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Show the help.
    Help,
    /// Build everything for bare metal.
    Build,
    /// Compile a system image.
    Image {
        /// From this manifest.
        manifest: PathBuf,
        /// Into this file.
        out: Option<PathBuf>,
    },
    /// Make an ISO.
    Iso {
        /// From this manifest.
        manifest: PathBuf,
        /// Into this file.
        out: Option<PathBuf>,
        /// Fetch missing packages.
        install: bool,
    },
    /// Boot in an emulator.
    Run(RunOptions),
    /// Check manifests.
    Check {
        /// These.
        manifests: Vec<PathBuf>,
        /// For whom the answer is.
        format: Format,
    },
    /// Draw a system.
    Graph {
        /// From this manifest.
        manifest: PathBuf,
        /// Into this file.
        out: Option<PathBuf>,
    },
    /// Describe a system.
    Report {
        /// From this manifest.
        manifest: PathBuf,
        /// How it is printed.
        format: Format,
        /// As a page into this file.
        html: Option<PathBuf>,
    },
    /// Simulate task sets.
    Simulate {
        /// From this seed on.
        seed: u64,
        /// So many.
        sets: u64,
    },
    /// Boot random systems.
    SoakManifests {
        /// From this seed on.
        seed: u64,
        /// So many.
        runs: u64,
        /// On several CPUs too.
        smp: bool,
    },
    /// Print the JSON schema.
    Schema {
        /// Of board files.
        board: bool,
    },
    /// Describe a machine.
    Board {
        /// That wrote this log; this machine if there is none.
        log: Option<PathBuf>,
        /// Into this file.
        out: Option<PathBuf>,
    },
    /// Fuzz the checker.
    Fuzz {
        /// With so many inputs.
        inputs: u64,
        /// Fetch missing packages.
        install: bool,
    },
    /// Run tests.
    Test {
        /// These.
        stage: Stage,
        /// Fetch missing packages.
        install: bool,
    },
    /// Explain faults.
    Corpse {
        /// In this log, `-` for standard input.
        log: PathBuf,
        /// The system that wrote it.
        manifest: Option<PathBuf>,
    },
    /// Soak the VM registry.
    Soak(SoakOptions),
    /// Run a fault campaign.
    Inject(InjectOptions),
    /// Measure.
    Bench {
        /// Which.
        arguments: Vec<String>,
    },
}

/// How to boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// The manifest.
    pub manifest: PathBuf,
    /// The emulator.
    pub emulator: Kind,
    /// CPUs; as many as the manifest names if not given.
    pub cpus: Option<u16>,
    /// MiB of memory; enough for the manifest if not given.
    pub memory: Option<u64>,
    /// When to end it.
    pub timeout: Option<Duration>,
    /// More for the core's command line.
    pub append: String,
    /// Time is counted in instructions.
    pub counted: bool,
    /// Fetch missing packages.
    pub install: bool,
}

/// How to soak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoakOptions {
    /// The emulator.
    pub emulator: Kind,
    /// Lives from make to destroy.
    pub cycles: u32,
    /// Start of the random numbers.
    pub seed: u64,
    /// Fetch missing packages.
    pub install: bool,
}

/// How to run a fault campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectOptions {
    /// Its file.
    pub campaign: PathBuf,
    /// Boots; as many as its faults need if not given.
    pub runs: Option<u32>,
    /// Instead of the campaign's own.
    pub seed: Option<u64>,
    /// Only the boot of this number.
    pub run: Option<u32>,
    /// The emulator.
    pub emulator: Kind,
    /// Where the report goes.
    pub out: Option<PathBuf>,
    /// Fetch missing packages.
    pub install: bool,
}

/// Groups of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Without an emulator.
    Host,
    /// In QEMU.
    Qemu,
    /// In Bochs.
    Bochs,
    /// All.
    All,
}
