//! The host's registers that VMRUN and #VMEXIT leave alone: FS, GS, TR, LDTR, KernelGSBase, and those of SYSCALL and
//! SYSENTER. VMSAVE puts them into a page of this CPU when it turns to a vCPU, and VMLOAD brings them back after each
//! exit.

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

use bulkhead_abi::limits::MAX_CPUS;
use x86_64::registers::model_specific::Msr;

use super::super::HwPage;

/// VM_HSAVE_PA: where VMRUN saves the host's state.
const VM_HSAVE_PA: u32 = 0xc001_0117;

/// One CPU's pages, by physical address. Address 0 is no page.
struct CpuEntry {
    save_area: AtomicU64,
    page: AtomicU64,
}

/// The CPUs, in the order in which they came. A CPU finds itself by its save area.
static CPUS: [CpuEntry; MAX_CPUS] =
    [const { CpuEntry { save_area: AtomicU64::new(0), page: AtomicU64::new(0) } }; MAX_CPUS];

/// Gives this CPU its save area and notes its page for host state; SVM is on. False: too many CPUs.
pub(super) fn register(save_area: &HwPage, page: &HwPage) -> bool {
    // SAFETY: the MSR exists, and the page is the core's and nobody else's.
    unsafe { Msr::new(VM_HSAVE_PA).write(save_area.phys) };
    CPUS.iter().any(|cpu| {
        let claimed =
            cpu.save_area.compare_exchange(0, save_area.phys, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if claimed {
            cpu.page.store(page.phys, Ordering::Relaxed);
        }
        claimed
    })
}

/// Physical address of this CPU's page.
pub(super) fn page() -> u64 {
    // SAFETY: the MSR exists on a CPU with SVM.
    let me = unsafe { Msr::new(VM_HSAVE_PA).read() };
    let cpu = CPUS.iter().find(|cpu| cpu.save_area.load(Ordering::Relaxed) == me);
    debug_assert!(cpu.is_some(), "attach on a CPU without SVM");
    cpu.map_or(0, |cpu| cpu.page.load(Ordering::Relaxed))
}

/// Saves the host's state as it is now, for the exits to come, in the page with this physical address.
///
/// # Safety
/// SVM is on, and the page is one for a CPU's host state.
pub(super) unsafe fn save(page: u64) {
    // SAFETY: as the caller says.
    unsafe { asm!("vmsave rax", in("rax") page, options(nostack)) };
}
