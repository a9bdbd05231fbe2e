//! Linux as a guest: Debian's cloud kernel, and an initramfs with its busybox and our own init.

use crate::newc::Archive;
use crate::{Error, run};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package that depends on the newest kernel.
const KERNEL: &str = "linux-image-cloud-amd64";
/// The package with a busybox that needs no libraries.
const BUSYBOX: &str = "busybox-static";
/// Process 1 of the guest.
const INIT: &str = include_str!("init.sh");

/// What a Linux VM boots from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinuxGuest {
    /// A bzImage.
    pub kernel: PathBuf,
    /// A gzipped initramfs.
    pub initrd: PathBuf,
}

/// Fetches kernel and busybox with the distribution's package manager and makes the initramfs, in a folder.
///
/// What is there already is used as it is, but the initramfs is made anew if our part of it has changed.
///
/// # Errors
/// The packages cannot be had, or the folder cannot be written.
pub fn fetch(out: &Path) -> Result<LinuxGuest, Error> {
    let guest = LinuxGuest { kernel: out.join("vmlinuz"), initrd: out.join("initrd.gz") };
    let busybox = out.join("busybox");
    fs::create_dir_all(out).map_err(|error| Error::file(out, error))?;
    if !guest.kernel.exists() || !busybox.exists() {
        let root = unpack(out)?;
        copy(&kernel_of(&root)?, &guest.kernel)?;
        copy(&root.join("bin/busybox"), &busybox)?;
        fs::remove_dir_all(&root).map_err(|error| Error::file(&root, error))?;
    }
    let program = fs::read(&busybox).map_err(|error| Error::file(&busybox, error))?;
    let initrd = initramfs(&program).map_err(|error| Error::file(&guest.initrd, error))?;
    if fs::read(&guest.initrd).ok().as_ref() != Some(&initrd) {
        fs::write(&guest.initrd, initrd).map_err(|error| Error::file(&guest.initrd, error))?;
    }
    Ok(guest)
}

/// Downloads both packages and unpacks them into a folder.
fn unpack(out: &Path) -> Result<PathBuf, Error> {
    let root = out.join("unpacked");
    if root.exists() {
        fs::remove_dir_all(&root).map_err(|error| Error::file(&root, error))?;
    }
    fs::create_dir_all(&root).map_err(|error| Error::file(&root, error))?;
    let kernel = kernel_package()?;
    run(Command::new("apt-get").args(["-q", "download", &kernel, BUSYBOX]).current_dir(&root))?;
    for package in files_in(&root)? {
        run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&root))?;
    }
    Ok(root)
}

/// The name of the newest kernel's package. The package lists are brought in if there are none.
fn kernel_package() -> Result<String, Error> {
    let newest = || -> Result<Option<String>, Error> {
        match run(Command::new("apt-cache").args(["depends", KERNEL])) {
            Ok(listing) => Ok(first_dependency(&String::from_utf8_lossy(&listing))),
            Err(Error::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    };
    if let Some(name) = newest()? {
        return Ok(name);
    }
    run(Command::new("apt-get").args(["-q", "update"]))?;
    newest()?.ok_or_else(|| {
        Error::NotFound(format!("the package lists do not offer {KERNEL}; is this Debian 12?"))
    })
}

/// The first package in the output of `apt-cache depends`.
fn first_dependency(listing: &str) -> Option<String> {
    let dependency = listing.lines().find_map(|line| line.trim().strip_prefix("Depends:"))?;
    Some(dependency.trim().to_owned()).filter(|name| name.starts_with("linux-image-"))
}

fn kernel_of(root: &Path) -> Result<PathBuf, Error> {
    let boot = root.join("boot");
    let is_kernel =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-"));
    let kernel = files_in(&boot)?.into_iter().find(is_kernel);
    kernel.ok_or_else(|| Error::NotFound("the kernel's package holds no kernel".into()))
}

/// The files directly in a folder.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(|error| Error::file(folder, error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>().map_err(|error| Error::file(folder, error))?;
    paths.retain(|path| path.is_file());
    Ok(paths)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to).map(|_| ()).map_err(|error| Error::file(from, error))
}

fn initramfs(busybox: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut archive = Archive::default();
    for name in ["bin", "dev", "etc", "proc", "root", "sys", "tmp"] {
        archive.directory(name);
    }
    // The kernel opens it for process 1 before anything is mounted.
    archive.character_device("dev/console", 5, 1);
    archive.executable("bin/busybox", busybox);
    archive.executable("init", INIT.as_bytes());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&archive.finish())?;
    encoder.finish()
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
    fn the_same_busybox_makes_the_same_initramfs() {
        let first = initramfs(b"busybox").unwrap();
        assert_eq!(first, initramfs(b"busybox").unwrap());
        assert_ne!(first, initramfs(b"another").unwrap());
    }
}
