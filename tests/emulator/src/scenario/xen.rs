//! Xen, a multiboot kernel that is no Linux, with a Linux above it.

use crate::{Built, Session};
use xtask::emulator::Kind;

/// It finds the platform's tables, interrupt controllers and timers, and starts its first domain.
pub fn xen(kind: Kind) {
    let built = Built::test_system("xen");
    let mut session = Session::boot(kind, &built.machine(kind));
    for line in [
        "(XEN) Multiboot-e820 RAM map:",
        "(XEN) ACPI: RSDP 000E0000",
        "(XEN) Platform timer is 3.580MHz ACPI PM Timer",
        "(XEN) ENABLING IO-APIC IRQs",
        "(XEN) TSC deadline timer enabled",
        "(XEN) Brought up 1 CPUs",
        "(XEN) *** Building a PV Dom0 ***",
        "(XEN) *** Serial input to DOM0",
        "Linux version",
    ] {
        session.see_after_boot(line);
    }
    session.stop();
}
