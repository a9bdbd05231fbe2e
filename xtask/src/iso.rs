//! `iso`: GRUB, the core and a system image on one bootable disk image.

use crate::build::Flavour;
use crate::packages;
use crate::{Failure, build, image};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Where GRUB keeps what it needs for BIOS.
const BIOS_MODULES: &str = "/usr/lib/grub/i386-pc";

/// Which firmware can boot the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// BIOS; quick to make, and small.
    Bios,
    /// All that the installed GRUB offers.
    All,
}

/// Builds all that a manifest needs and makes an ISO of it.
///
/// # Errors
/// Something cannot be built, or GRUB's tools are missing.
pub fn command(manifest: &Path, out: Option<&Path>, install: bool) -> Result<(), Failure> {
    packages::ensure(packages::ISO, "an ISO", install)?;
    let firmware = choose_firmware(install)?;
    let image = image::build_image(manifest, None)?;
    let core = build::core(Flavour::of(&image.system))?;
    let out = out.map_or_else(|| image.path.with_extension("iso"), Path::to_path_buf);
    write(&core, Some(&image.path), "", &out, firmware)?;
    let ways = if firmware == Firmware::All { "BIOS and UEFI" } else { "BIOS" };
    println!("{} (boots by {ways}, from CD or USB)", out.display());
    Ok(())
}

fn choose_firmware(install: bool) -> Result<Firmware, Failure> {
    let absent = packages::missing(packages::ISO_UEFI);
    if !absent.is_empty() && !install {
        eprintln!(
            "note: without {} the ISO boots by BIOS only (--install fetches them)",
            absent.join(" and ")
        );
        return Ok(Firmware::Bios);
    }
    packages::ensure(packages::ISO_UEFI, "an ISO for UEFI", install)?;
    Ok(Firmware::All)
}

/// Writes an ISO.
///
/// # Errors
/// GRUB's tools fail or are missing.
pub fn write(
    core: &Path,
    image: Option<&Path>,
    command_line: &str,
    out: &Path,
    firmware: Firmware,
) -> Result<(), Failure> {
    let tree = out.with_extension("tree");
    let boot = tree.join("boot");
    let grub = boot.join("grub");
    fs::create_dir_all(&grub).map_err(|error| Failure::file("create", &grub, &error))?;
    strip(core, &boot.join("core.elf"))?;
    if let Some(image) = image {
        copy(image, &boot.join("system.img"))?;
    }
    let menu = grub.join("grub.cfg");
    fs::write(&menu, grub_menu(command_line, image.is_some()))
        .map_err(|error| Failure::file("write", &menu, &error))?;

    let mut command = Command::new("grub-mkrescue");
    if firmware == Firmware::Bios {
        command.args(["-d", BIOS_MODULES, "--install-modules=multiboot2 normal iso9660 biosdisk boot"]);
    } else {
        command.arg("--install-modules=multiboot2 normal iso9660 boot part_gpt part_msdos fat all_video");
    }
    command.args(["--locales=", "--fonts=", "--themes=", "-o"]).arg(out).arg(&tree);
    let output = command.output().map_err(|error| {
        Failure::new(format!("grub-mkrescue cannot be started: {error}")).help("give --install")
    })?;
    // Only scratch: what is left of it does no harm.
    let _ = fs::remove_dir_all(&tree);
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("grub-mkrescue failed: {}", String::from_utf8_lossy(&output.stderr).trim_end())))
}

fn grub_menu(command_line: &str, has_image: bool) -> String {
    let module = if has_image { "  module2 --nounzip /boot/system.img system.img\n" } else { "" };
    format!(
        "set timeout=0\nset default=0\nmenuentry \"Bulkhead\" {{\n  multiboot2 /boot/core.elf {command_line}\n\
         {module}  boot\n}}\n"
    )
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to).map(|_| ()).map_err(|error| Failure::file("copy", from, &error))
}

/// Debug information is many times larger than the core itself and of no use at boot.
fn strip(from: &Path, to: &Path) -> Result<(), Failure> {
    let stripped = Command::new("objcopy").arg("--strip-debug").arg(from).arg(to).status();
    if stripped.is_ok_and(|status| status.success()) { Ok(()) } else { copy(from, to) }
}
