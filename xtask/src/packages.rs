//! System packages: what is missing, and how to get it.

use crate::{Failure, toolchain};
use std::env;
use std::path::Path;
use std::process::Command;

/// Something that a package brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A program on the search path.
    Program(&'static str),
    /// A file or folder.
    File(&'static str),
}

/// An item and the package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// What.
    pub item: Item,
    /// From where.
    pub package: &'static str,
}

/// For programs and guests: Rust links by the C compiler driver.
pub const BUILD: &[Need] = &[
    Need { item: Item::Program("cc"), package: "gcc" },
    Need { item: Item::File("/usr/include/stdio.h"), package: "libc6-dev" },
];

/// For QEMU.
pub const QEMU: &[Need] = &[Need { item: Item::Program("qemu-system-x86_64"), package: "qemu-system-x86" }];

/// For Bochs.
pub const BOCHS: &[Need] = &[
    Need { item: Item::Program("bochs-bin"), package: "bochs" },
    Need { item: Item::File("/usr/share/bochs/BIOS-bochs-latest"), package: "bochsbios" },
    Need { item: Item::File("/usr/share/bochs/VGABIOS-lgpl-latest"), package: "vgabios" },
];

/// For ISOs that boot by BIOS.
pub const ISO: &[Need] = &[
    Need { item: Item::Program("grub-mkrescue"), package: "grub-common" },
    Need { item: Item::Program("xorriso"), package: "xorriso" },
    Need { item: Item::File("/usr/lib/grub/i386-pc/multiboot2.mod"), package: "grub-pc-bin" },
];

/// For ISOs that also boot by UEFI.
pub const ISO_UEFI: &[Need] = &[
    Need { item: Item::File("/usr/lib/grub/x86_64-efi/multiboot2.mod"), package: "grub-efi-amd64-bin" },
    Need { item: Item::Program("mformat"), package: "mtools" },
];

/// For booting by UEFI in QEMU.
pub const UEFI: &[Need] = &[Need { item: Item::File("/usr/share/ovmf/OVMF.fd"), package: "ovmf" }];

/// For fuzzing: libFuzzer is C++.
pub const FUZZ: &[Need] = &[Need { item: Item::Program("c++"), package: "g++" }];

/// The packages that are missing.
#[must_use]
pub fn missing(needs: &[Need]) -> Vec<&'static str> {
    let absent = needs.iter().filter(|need| !is_there(need.item));
    let mut packages: Vec<_> = absent.map(|need| need.package).collect();
    packages.dedup();
    packages
}

fn is_there(item: Item) -> bool {
    match item {
        Item::File(path) => Path::new(path).exists(),
        Item::Program(name) => {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path).any(|folder| folder.join(name).is_file())
        }
    }
}

/// Makes sure that all is there; fetches what is missing only if `install` is set.
///
/// # Errors
/// Something is missing, or cannot be fetched.
pub fn ensure(needs: &[Need], what: &str, install: bool) -> Result<(), Failure> {
    let packages = missing(needs);
    if packages.is_empty() {
        return Ok(());
    }
    if !install {
        return Err(Failure::new(format!("{what} needs packages that are missing: {}", packages.join(" ")))
            .help(format!("give --install, or run: apt-get install {}", packages.join(" "))));
    }
    println!("installing: {}", packages.join(" "));
    let mut update = apt_get();
    toolchain::complete(update.args(["-q", "update"]), "apt-get update")?;
    let mut command = apt_get();
    command.args(["-q", "install", "--yes", "--no-install-recommends"]).args(&packages);
    toolchain::complete(&mut command, "apt-get install")?;
    match missing(needs).as_slice() {
        [] => Ok(()),
        still => Err(Failure::new(format!("{what} still lacks: {}", still.join(" ")))),
    }
}

/// By way of sudo for everybody but root.
fn apt_get() -> Command {
    let id = Command::new("id").arg("-u").output();
    if id.is_ok_and(|output| output.stdout.trim_ascii() == b"0") {
        return Command::new("apt-get");
    }
    let mut command = Command::new("sudo");
    command.arg("apt-get");
    command
}

#[cfg(test)]
mod tests {
    use super::{Item, Need, ensure, missing};

    const ABSENT: &[Need] = &[Need { item: Item::Program("no-such-program-anywhere"), package: "imaginary" }];

    #[test]
    fn what_is_there_is_not_missing() {
        assert!(missing(&[Need { item: Item::Program("sh"), package: "dash" }]).is_empty());
        assert!(missing(&[Need { item: Item::File("/"), package: "base-files" }]).is_empty());
    }

    #[test]
    fn without_leave_to_install_the_package_is_named() {
        let failure = ensure(ABSENT, "flying", false).unwrap_err();
        assert!(failure.message.contains("flying") && failure.message.contains("imaginary"));
        assert!(failure.help.unwrap().contains("apt-get install imaginary"));
    }
}
