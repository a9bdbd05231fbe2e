//! A system built for a test: copies of its own, so that tests run beside each other and beside a build.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use xtask::build::Flavour;
use xtask::emulator::{Boot, Kind, Machine};
use xtask::image::{BuiltImage, build_image};
use xtask::iso::Firmware;
use xtask::{build, emulator, iso, run, workspace};

/// Builds write to shared places, so there is one at a time.
static BUILDING: Mutex<()> = Mutex::new(());
/// Numbers the folders of this process.
static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A folder that goes when this goes.
#[derive(Debug)]
struct Folder(PathBuf);

/// A core and a system image in a folder that goes with it.
#[derive(Debug)]
pub struct Built {
    folder: Folder,
    core: PathBuf,
    image: BuiltImage,
}

impl Built {
    /// Builds one of the repository's own systems.
    #[must_use]
    pub fn example(name: &str) -> Self {
        Self::of(&workspace::root().join("manifests").join(name).with_extension("toml"))
    }

    /// Builds a system that exists for these tests.
    #[must_use]
    pub fn test_system(name: &str) -> Self {
        let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
        Self::of(&manifests.join(name).with_extension("toml"))
    }

    /// Builds a system of probes.
    #[must_use]
    pub fn probes(name: &str) -> Self {
        Self::of(&workspace::root().join("tests/manifests").join(name).with_extension("toml"))
    }

    fn of(manifest: &Path) -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("emulator-tests/{}-{number}", std::process::id());
        let folder = Folder(workspace::build_subdir(&name).unwrap());
        let _alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let image = build_image(manifest, Some(&folder.0.join("system.img")));
        let both = image.and_then(|image| Ok((build::core(Flavour::of(&image.system))?, image)));
        let (original, image) = both.unwrap_or_else(|failure| panic!("{}: {failure}", manifest.display()));
        let core = folder.0.join("core.elf");
        fs::copy(original, &core).unwrap();
        Self { folder, core, image }
    }

    /// CPUs that the manifest names.
    #[must_use]
    pub fn cpus(&self) -> u16 {
        self.image.system.cpus
    }

    /// Names of the tasks that begin so.
    pub fn tasks<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.image
            .system
            .tasks
            .iter()
            .map(|task| task.name.as_str())
            .filter(move |name| name.starts_with(prefix))
    }

    /// A machine that suits the system. In QEMU it has two CPUs even if the system leaves one alone; in Bochs, where
    /// all CPUs share a thread, it has no more than are used. Time is counted where one CPU works, so that the host's load
    /// does not matter; several run at once.
    #[must_use]
    pub fn machine(&self, kind: Kind) -> Machine {
        let mut machine = run::machine(&self.core, &self.image, kind);
        if kind == Kind::Qemu {
            machine.cpus = machine.cpus.max(2);
        }
        machine.counted = self.image.system.cpus == 1;
        machine.one_thread = false;
        machine
    }

    /// The same without a system image.
    #[must_use]
    pub fn machine_without_image(&self, kind: Kind) -> Machine {
        let boot = Boot::Files { core: self.core.clone(), image: None };
        Machine { boot, ..self.machine(kind) }
    }

    /// The same, started by firmware and GRUB from a disc.
    #[must_use]
    pub fn machine_with_disc(&self, kind: Kind, firmware: Firmware, uefi: Option<&Path>) -> Machine {
        let disc = self.folder.0.join("system.iso");
        let command_line = emulator::command_line(kind, "");
        iso::write(&self.core, Some(&self.image.path), &command_line, &disc, firmware)
            .unwrap_or_else(|failure| panic!("{failure}"));
        let boot = Boot::Disc { iso: disc, uefi: uefi.map(Path::to_path_buf) };
        Machine { boot, ..self.machine(kind) }
    }

    /// The system image's bytes.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        fs::read(&self.image.path).unwrap()
    }

    /// Puts other bytes in the place of the system image.
    pub fn replace_image(&self, bytes: &[u8]) {
        fs::write(&self.image.path, bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whatever is left of it can be built again.
        let _ = fs::remove_dir_all(&self.0);
    }
}
