//! The VM-execution, VM-exit and VM-entry controls (Intel SDM volume 3, sections 25.6 to 25.8): which we need, which we
//! take where they exist, and how they fit what the CPU allows.

use bitflags::bitflags;

use super::super::Lacking;
use super::capabilities;
use super::instructions::read_msr;

bitflags! {
    /// Pin-based VM-execution controls.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct PinBased: u32 {
        const EXTERNAL_INTERRUPT_EXITING = 1 << 0;
        const NMI_EXITING = 1 << 3;
        const VIRTUAL_NMIS = 1 << 5;
        const ACTIVATE_VMX_PREEMPTION_TIMER = 1 << 6;
        const _ = !0;
    }

    /// Primary processor-based VM-execution controls.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Primary: u32 {
        const INTERRUPT_WINDOW_EXITING = 1 << 2;
        const USE_TSC_OFFSETTING = 1 << 3;
        const HLT_EXITING = 1 << 7;
        const MWAIT_EXITING = 1 << 10;
        const RDPMC_EXITING = 1 << 11;
        const CR8_LOAD_EXITING = 1 << 19;
        const CR8_STORE_EXITING = 1 << 20;
        const UNCONDITIONAL_IO_EXITING = 1 << 24;
        const USE_MSR_BITMAPS = 1 << 28;
        const MONITOR_EXITING = 1 << 29;
        const ACTIVATE_SECONDARY_CONTROLS = 1 << 31;
        const _ = !0;
    }

    /// Secondary processor-based VM-execution controls.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Secondary: u32 {
        const ENABLE_EPT = 1 << 1;
        const ENABLE_VPID = 1 << 5;
        const WBINVD_EXITING = 1 << 6;
        const UNRESTRICTED_GUEST = 1 << 7;
        const PAUSE_LOOP_EXITING = 1 << 10;
        const _ = !0;
    }

    /// Primary VM-exit controls.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct ExitControls: u32 {
        const SAVE_DEBUG_CONTROLS = 1 << 2;
        const HOST_ADDRESS_SPACE_SIZE = 1 << 9;
        const SAVE_IA32_PAT = 1 << 18;
        const LOAD_IA32_PAT = 1 << 19;
        const SAVE_IA32_EFER = 1 << 20;
        const LOAD_IA32_EFER = 1 << 21;
        const _ = !0;
    }

    /// VM-entry controls.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct EntryControls: u32 {
        const LOAD_DEBUG_CONTROLS = 1 << 2;
        const IA32E_MODE_GUEST = 1 << 9;
        const LOAD_IA32_PAT = 1 << 14;
        const LOAD_IA32_EFER = 1 << 15;
        const _ = !0;
    }
}

/// All control words of a new VMCS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Controls {
    pub(super) pin: PinBased,
    pub(super) primary: Primary,
    pub(super) secondary: Secondary,
    pub(super) exit: ExitControls,
    /// Without [`EntryControls::IA32E_MODE_GUEST`], which follows the guest.
    pub(super) entry: EntryControls,
}

/// Fits wishes to a capability MSR: its low half says which bits must be 1, its high half which may be 1 (appendix A.3).
/// `None` if a required bit may not be 1.
pub(super) fn fit(capability: u64, required: u32, optional: u32) -> Option<u32> {
    let [must, may] = halves(capability);
    (required & !may == 0).then_some(must | required | (optional & may))
}

fn halves(value: u64) -> [u32; 2] {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = value.to_le_bytes();
    [u32::from_le_bytes([b0, b1, b2, b3]), u32::from_le_bytes([b4, b5, b6, b7])]
}

/// The controls for this CPU, or what it lacks.
pub(super) fn choose() -> Result<Controls, Lacking> {
    let pin = fit(
        read_msr(capabilities::IA32_VMX_TRUE_PINBASED_CTLS),
        (PinBased::EXTERNAL_INTERRUPT_EXITING | PinBased::NMI_EXITING | PinBased::VIRTUAL_NMIS).bits(),
        PinBased::ACTIVATE_VMX_PREEMPTION_TIMER.bits(),
    )
    .ok_or(Lacking("VMX: external-interrupt exiting with virtual NMIs"))?;

    let window = Primary::INTERRUPT_WINDOW_EXITING.bits();
    let primary = fit(
        read_msr(capabilities::IA32_VMX_TRUE_PROCBASED_CTLS),
        (Primary::INTERRUPT_WINDOW_EXITING
            | Primary::USE_TSC_OFFSETTING
            | Primary::HLT_EXITING
            | Primary::MWAIT_EXITING
            | Primary::RDPMC_EXITING
            | Primary::CR8_LOAD_EXITING
            | Primary::CR8_STORE_EXITING
            | Primary::UNCONDITIONAL_IO_EXITING
            | Primary::USE_MSR_BITMAPS
            | Primary::MONITOR_EXITING
            | Primary::ACTIVATE_SECONDARY_CONTROLS)
            .bits(),
        0,
    )
    .ok_or(Lacking("VMX: unconditional I/O exiting, MSR bitmaps and secondary controls"))?;

    let secondary = read_msr(capabilities::IA32_VMX_PROCBASED_CTLS2);
    let need = |bit: Secondary, name| fit(secondary, bit.bits(), 0).map(drop).ok_or(Lacking(name));
    need(Secondary::ENABLE_EPT, "VMX: extended page tables (EPT)")?;
    need(Secondary::UNRESTRICTED_GUEST, "VMX: unrestricted guest")?;
    need(Secondary::ENABLE_VPID, "VMX: virtual-processor identifiers (VPID)")?;
    let secondary = fit(
        secondary,
        (Secondary::ENABLE_EPT | Secondary::ENABLE_VPID | Secondary::UNRESTRICTED_GUEST).bits(),
        (Secondary::WBINVD_EXITING | Secondary::PAUSE_LOOP_EXITING).bits(),
    )
    .ok_or(Lacking("VMX: EPT, VPID and unrestricted guest together"))?;

    let exit = fit(
        read_msr(capabilities::IA32_VMX_TRUE_EXIT_CTLS),
        (ExitControls::SAVE_DEBUG_CONTROLS
            | ExitControls::HOST_ADDRESS_SPACE_SIZE
            | ExitControls::SAVE_IA32_PAT
            | ExitControls::LOAD_IA32_PAT
            | ExitControls::SAVE_IA32_EFER
            | ExitControls::LOAD_IA32_EFER)
            .bits(),
        0,
    )
    .ok_or(Lacking("VMX: saving and loading EFER and PAT on VM exits"))?;

    let entry = fit(
        read_msr(capabilities::IA32_VMX_TRUE_ENTRY_CTLS),
        (EntryControls::LOAD_DEBUG_CONTROLS
            | EntryControls::IA32E_MODE_GUEST
            | EntryControls::LOAD_IA32_PAT
            | EntryControls::LOAD_IA32_EFER)
            .bits(),
        0,
    )
    .ok_or(Lacking("VMX: 64-bit guests, loading EFER and PAT on VM entries"))?;

    Ok(Controls {
        pin: PinBased::from_bits_retain(pin),
        primary: Primary::from_bits_retain(primary & !window),
        secondary: Secondary::from_bits_retain(secondary),
        exit: ExitControls::from_bits_retain(exit),
        entry: EntryControls::from_bits_retain(entry) - EntryControls::IA32E_MODE_GUEST,
    })
}
