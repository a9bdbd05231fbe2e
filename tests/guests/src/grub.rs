//! GRUB as a payload of coreboot, put together from the distribution's modules with a serial terminal and a few commands.

use crate::debian::{self, Package};
use crate::{Error, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: Package = Package::Named("grub-coreboot-bin");
const MODULES_FOLDER: &str = "usr/lib/grub/i386-coreboot";
/// The others that these need come with them.
const MODULES: [&str; 11] =
    ["normal", "serial", "terminal", "echo", "cpuid", "date", "lspci", "lsacpi", "lsmmap", "halt", "reboot"];
/// What it does first.
const CONFIGURATION: &str = "\
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
";

/// Where it is, or will be when it is made.
#[must_use]
pub fn grub_path(out: &Path) -> PathBuf {
    out.join("grub.elf")
}

/// Fetches the modules and makes the payload, in a folder; what is there already is used as it is.
///
/// # Errors
/// The package cannot be had, GRUB's tools are not there, or the folder cannot be written.
pub fn grub(out: &Path) -> Result<PathBuf, Error> {
    let path = grub_path(out);
    if path.exists() {
        return Ok(path);
    }
    let root = debian::unpack(PACKAGE, &out.join("grub.unpacked"))?;
    let configuration = root.join("grub.cfg");
    fs::write(&configuration, CONFIGURATION).map_err(|error| Error::file(&configuration, error))?;
    let part = root.join("part");
    let mut command = Command::new("grub-mkimage");
    command
        .args(["--format", "i386-coreboot", "--prefix", "(memdisk)", "--directory"])
        .arg(root.join(MODULES_FOLDER));
    command.arg("--config").arg(&configuration).arg("--output").arg(&part).args(MODULES);
    run(&mut command)?;
    fs::rename(&part, &path).map_err(|error| Error::file(&path, error))?;
    fs::remove_dir_all(&root).map_err(|error| Error::file(&root, error))?;
    Ok(path)
}
