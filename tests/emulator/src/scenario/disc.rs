//! The way of real machines: firmware, GRUB, a disc.

use crate::{Built, Session};
use std::path::Path;
use xtask::emulator::{Kind, Machine, Outcome};
use xtask::iso::Firmware;
use xtask::packages;

/// Debian's UEFI firmware for virtual machines.
const OVMF: &str = "/usr/share/ovmf/OVMF.fd";

/// A disc starts by BIOS.
pub fn bios_disc(kind: Kind) {
    let built = Built::example("first-light");
    runs(kind, &built.machine_with_disc(kind, Firmware::Bios, None));
}

/// A disc starts by UEFI; where the packages for that are missing, this says so and tests nothing.
pub fn uefi_disc(kind: Kind) {
    let mut absent = packages::missing(packages::ISO_UEFI);
    absent.extend(packages::missing(packages::UEFI));
    if !absent.is_empty() {
        println!("not tested: {} missing", absent.join(" and "));
        return;
    }
    let built = Built::example("first-light");
    runs(kind, &built.machine_with_disc(kind, Firmware::All, Some(Path::new(OVMF))));
}

fn runs(kind: Kind, machine: &Machine) {
    let mut session = Session::boot(kind, machine);
    // Firmware and GRUB take as long as a Linux guest.
    session.see_after_boot("first-light: all passed");
    session.ends(&Outcome::Good);
}
