//! Switching SVM on, after a look at all that the backend needs (APM volume 2, section 15.4).

use x86_64::registers::model_specific::{Efer, EferFlags, Msr};

use super::super::{CpuPages, Lacking};
use super::capabilities::{self, Features};
use super::host_state;

/// VM_CR.
const VM_CR: Msr = Msr::new(0xc001_0114);
/// VM_CR: the firmware has switched SVM off.
const VM_CR_SVMDIS: u64 = 1 << 4;

/// Checks everything that the backend needs; changes nothing.
pub(super) fn probe() -> Result<(), Lacking> {
    if !capabilities::has_svm() {
        return Err(Lacking("SVM"));
    }
    // SAFETY: the MSR exists on a CPU with SVM.
    if unsafe { VM_CR.read() } & VM_CR_SVMDIS != 0 {
        return Err(Lacking("SVM: the firmware has switched it off (VM_CR.SVMDIS)"));
    }
    if !capabilities::features().contains(Features::NESTED_PAGING) {
        return Err(Lacking("SVM: nested paging"));
    }
    // Identifier 0 is the host's.
    if capabilities::address_spaces() < 2 {
        return Err(Lacking("SVM: an address space identifier for a guest"));
    }
    Ok(())
}

/// Switches SVM on, on this CPU.
pub(super) fn enable(pages: &CpuPages) -> Result<(), Lacking> {
    probe()?;
    let efer = Efer::read_raw() | EferFlags::SECURE_VIRTUAL_MACHINE_ENABLE.bits();
    // SAFETY: SVME only makes the SVM instructions known.
    unsafe { Efer::write_raw(efer) };
    if host_state::register(&pages.root, &pages.host) {
        Ok(())
    } else {
        Err(Lacking("SVM: room for one more CPU"))
    }
}
