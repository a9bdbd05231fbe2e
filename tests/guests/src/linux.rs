//! An initramfs for Linux guests: the distribution's busybox and our own init.

use crate::newc::Archive;
use crate::{Error, debian};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Process 1 of the guest.
const INIT: &str = include_str!("init.sh");

/// Where the gzipped initramfs is, or will be when it is made.
#[must_use]
pub fn initrd_path(out: &Path) -> PathBuf {
    out.join("initrd.gz")
}

/// Fetches busybox and makes the initramfs, in a folder; makes it anew if our part of it has changed.
///
/// # Errors
/// The package cannot be had, or the folder cannot be written.
pub fn initrd(out: &Path) -> Result<PathBuf, Error> {
    let busybox = debian::BUSYBOX.fetch(out)?;
    let program = fs::read(&busybox).map_err(|error| Error::file(&busybox, error))?;
    let path = initrd_path(out);
    let initrd = initramfs(&program).map_err(|error| Error::file(&path, error))?;
    if fs::read(&path).ok().as_ref() != Some(&initrd) {
        fs::write(&path, initrd).map_err(|error| Error::file(&path, error))?;
    }
    Ok(path)
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
    fn the_same_busybox_makes_the_same_initramfs() {
        let first = initramfs(b"busybox").unwrap();
        assert_eq!(first, initramfs(b"busybox").unwrap());
        assert_ne!(first, initramfs(b"another").unwrap());
    }
}
