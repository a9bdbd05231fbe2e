//! Guests from the distribution's packages, by the names that manifests give them after `debian:`.

use crate::{Error, run};
use flate2::read::GzDecoder;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Its name in manifests.
    pub name: &'static str,
    package: Package,
    /// Where it is in the package; the first file whose path begins so.
    file: &'static str,
}

/// Which package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Package {
    /// This one.
    Named(&'static str),
    /// The kernel that a package without files depends on: the newest.
    NewestOf(&'static str),
}

/// All of them.
pub const IMAGES: [Image; 6] = [
    Image { name: "kernel", package: Package::NewestOf("linux-image-cloud-amd64"), file: "boot/vmlinuz-" },
    Image { name: "kernel-generic", package: Package::NewestOf("linux-image-amd64"), file: "boot/vmlinuz-" },
    // Debian 12 has the newer kernel among its security updates, under a name of its own.
    Image {
        name: "kernel-backports",
        package: Package::NewestOf("linux-image-6.12-amd64"),
        file: "boot/vmlinuz-",
    },
    Image {
        name: "xen",
        package: Package::Named("xen-hypervisor-4.17-amd64"),
        file: "boot/xen-4.17-amd64.gz",
    },
    Image { name: "memtest86+", package: Package::Named("memtest86+"), file: "boot/memtest86+x64.bin" },
    Image {
        name: "u-boot",
        package: Package::Named("u-boot-qemu"),
        file: "usr/lib/u-boot/qemu-x86/u-boot.rom",
    },
];

/// The busybox that needs no libraries.
pub(crate) const BUSYBOX: Image =
    Image { name: "busybox", package: Package::Named("busybox-static"), file: "bin/busybox" };

/// The image of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Image> {
    IMAGES.iter().find(|image| image.name == name)
}

impl Image {
    /// Where it is, or will be when it is fetched.
    #[must_use]
    pub fn path(&self, out: &Path) -> PathBuf {
        out.join(self.name)
    }

    /// Fetches it with the distribution's package manager into a folder; what is there already is used as it is.
    ///
    /// # Errors
    /// The package cannot be had, or the folder cannot be written.
    pub fn fetch(&self, out: &Path) -> Result<PathBuf, Error> {
        let path = self.path(out);
        if path.exists() {
            return Ok(path);
        }
        let root = unpack(self.package, &out.join(format!("{}.unpacked", self.name)))?;
        // First under another name, so that a file that is there is whole.
        let (part, found) = (root.join("part"), self.find_in(&root)?);
        let bytes = fs::read(&found).and_then(unzipped).map_err(|error| Error::file(&found, error))?;
        fs::write(&part, bytes).map_err(|error| Error::file(&part, error))?;
        fs::rename(&part, &path).map_err(|error| Error::file(&path, error))?;
        remove(&root)?;
        Ok(path)
    }

    fn find_in(&self, root: &Path) -> Result<PathBuf, Error> {
        let wanted = root.join(self.file);
        let folder = wanted.parent().unwrap_or(root);
        let mut files = files_in(folder)?;
        files.sort();
        let begins = |path: &PathBuf| path.to_string_lossy().starts_with(&*wanted.to_string_lossy());
        files
            .into_iter()
            .find(begins)
            .ok_or_else(|| Error::NotFound(format!("the package of `{}` holds no {}", self.name, self.file)))
    }
}

/// Fetches a package and unpacks it into a folder, which is made anew; the folder.
pub(crate) fn unpack(package: Package, root: &Path) -> Result<PathBuf, Error> {
    if root.exists() {
        remove(root)?;
    }
    fs::create_dir_all(root).map_err(|error| Error::file(root, error))?;
    let package = package.name()?;
    run(Command::new("apt-get").args(["-q", "download", &package]).current_dir(root))?;
    for archive in files_in(root)? {
        run(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(root))?;
    }
    Ok(root.to_path_buf())
}

impl Package {
    /// Its name; brings in the package lists if there are none.
    fn name(self) -> Result<String, Error> {
        let meta = match self {
            Self::Named(name) => return Ok(name.to_owned()),
            Self::NewestOf(meta) => meta,
        };
        if let Some(name) = dependency_of(meta)? {
            return Ok(name);
        }
        run(Command::new("apt-get").args(["-q", "update"]))?;
        dependency_of(meta)?.ok_or_else(|| {
            Error::NotFound(format!("the package lists do not offer {meta}; is this Debian 12?"))
        })
    }
}

fn dependency_of(meta: &str) -> Result<Option<String>, Error> {
    match run(Command::new("apt-cache").args(["depends", meta])) {
        Ok(listing) => Ok(first_dependency(&String::from_utf8_lossy(&listing))),
        Err(Error::Failed { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first package in the output of `apt-cache depends`.
fn first_dependency(listing: &str) -> Option<String> {
    let dependency = listing.lines().find_map(|line| line.trim().strip_prefix("Depends:"))?;
    Some(dependency.trim().to_owned()).filter(|name| name.starts_with("linux-image-"))
}

/// Multiboot loaders are expected to unzip what they load; ours does not, so it is done here.
fn unzipped(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
    Ok(plain)
}

fn remove(folder: &Path) -> Result<(), Error> {
    fs::remove_dir_all(folder).map_err(|error| Error::file(folder, error))
}

/// The files directly in a folder.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(|error| Error::file(folder, error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>().map_err(|error| Error::file(folder, error))?;
    paths.retain(|path| path.is_file());
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_what_the_meta_package_depends_on() {
        let listing = "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-9-cloud-amd64\n";
        assert_eq!(first_dependency(listing).as_deref(), Some("linux-image-6.1.0-9-cloud-amd64"));
        assert_eq!(first_dependency("linux-image-cloud-amd64\n"), None);
    }

    #[test]
    fn images_are_found_by_the_names_of_manifests() {
        assert_eq!(find("memtest86+").map(|image| image.file), Some("boot/memtest86+x64.bin"));
        assert_eq!(find("busybox"), None, "it is not for manifests");
        assert_eq!(find("kernel-from-the-moon"), None);
    }
}
