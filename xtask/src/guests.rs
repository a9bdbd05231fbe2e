//! Guest images by the names that manifests use.

use crate::{Failure, workspace};
use bulkhead_schema::{Availability, Library, Program};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use test_guests::{debian, grub, linux};

/// Images of the distribution.
const DEBIAN: &str = "debian:";
/// Those of them that we put together ourselves.
const INITRD: &str = "initrd";
const GRUB: &str = "grub";
/// Our own test guests.
const GUEST: &str = "guest:";

/// The images that a manifest in some folder can name.
#[derive(Debug, Clone)]
pub struct GuestLibrary {
    /// Other names are paths from here.
    pub folder: PathBuf,
    /// The task programs that are built.
    pub programs: BTreeMap<String, Program>,
}

impl GuestLibrary {
    /// The library for this manifest.
    #[must_use]
    pub fn for_manifest(manifest: &Path) -> Self {
        Self {
            folder: manifest.parent().map(Path::to_path_buf).unwrap_or_default(),
            programs: BTreeMap::new(),
        }
    }

    /// Where the image's bytes are, or will be when it is built or fetched.
    fn path(&self, name: &str) -> Result<PathBuf, Availability> {
        if let Some(part) = name.strip_prefix(DEBIAN) {
            let image = debian::find(part).map(|image| image.path(&debian_dir()));
            return match part {
                INITRD => Ok(linux::initrd_path(&debian_dir())),
                GRUB => Ok(grub::grub_path(&debian_dir())),
                _ => image.ok_or_else(|| {
                    let known = debian::IMAGES.map(|image| format!("`{DEBIAN}{}`", image.name)).join(", ");
                    absent(
                        "not one of Debian's images",
                        format!("there are: `{DEBIAN}{INITRD}`, `{DEBIAN}{GRUB}`, {known}"),
                    )
                }),
            };
        }
        if let Some(name) = name.strip_prefix(GUEST) {
            let guest = test_guests::GUESTS.iter().find(|guest| guest.name == name);
            let known = || test_guests::GUESTS.map(|guest| guest.name).join(", ");
            return guest
                .map(|guest| tiny_dir().join(guest.file_name()))
                .ok_or_else(|| absent("not one of the test guests", format!("there are: {}", known())));
        }
        Ok(self.folder.join(name))
    }

    /// The image's bytes; builds or fetches it if it is not there.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn fetch(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let path = self.path(name).map_err(|_| Failure::new(format!("there is no guest image `{name}`")))?;
        let made = if let Some(part) = name.strip_prefix(DEBIAN) {
            if !path.exists() {
                eprintln!("fetching `{name}` ...");
            }
            match (part, debian::find(part)) {
                (GRUB, _) => grub::grub(&debian_dir()),
                (_, Some(image)) => image.fetch(&debian_dir()),
                (_, None) => linux::initrd(&debian_dir()),
            }
            .map(|_| ())
        } else if name.starts_with(GUEST) {
            test_guests::build(&tiny_dir()).map(|_| ())
        } else {
            Ok(())
        };
        made.map_err(|error| {
            Failure::new(format!("the guest image `{name}` cannot be made: {error}")).help(
                "Debian's images need apt-get with package lists (`apt-get update`) and dpkg-deb, GRUB also \
                 grub-common; ours need cc",
            )
        })?;
        fs::read(&path).map_err(|error| Failure::file("read", &path, &error))
    }
}

fn absent(reason: &str, help: impl Into<String>) -> Availability {
    Availability::Absent { reason: reason.into(), help: help.into() }
}

fn debian_dir() -> PathBuf {
    workspace::build_dir().join("guests/debian")
}

fn tiny_dir() -> PathBuf {
    workspace::build_dir().join("guests/tiny")
}

impl Library for GuestLibrary {
    fn manifest(&self, name: &str) -> Result<(String, String), String> {
        let path = self.folder.join(name);
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        Ok((path.display().to_string(), text))
    }

    fn image(&self, name: &str) -> Availability {
        let path = match self.path(name) {
            Ok(path) => path,
            Err(absent) => return absent,
        };
        let is_made = name.starts_with(DEBIAN) || name.starts_with(GUEST);
        match fs::read(&path) {
            Ok(bytes) => Availability::Here(bytes),
            Err(_) if is_made => Availability::Later,
            Err(error) => absent(
                &error.to_string(),
                format!(
                    "a path counts from the manifest's folder ({}); other images are `debian:NAME` and \
                     `guest:NAME`",
                    self.folder.display()
                ),
            ),
        }
    }

    fn program(&self, name: &str) -> Option<Program> {
        self.programs.get(name).cloned()
    }

    fn programs(&self) -> Option<Vec<String>> {
        Some(workspace::task_packages())
    }
}
