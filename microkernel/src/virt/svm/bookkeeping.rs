//! What the backend remembers of a vCPU beside its VMCB, in `VcpuHardware::private`.

use bitfield_struct::bitfield;

use super::super::VcpuHardware;
use super::{capabilities, host_state};

/// Index of the [`Bookkeeping`] word.
const WORD: usize = 0;
/// Index of the physical address of this CPU's host page.
const HOST_PAGE: usize = 1;

/// One word of facts.
#[bitfield(u64)]
pub(super) struct Bookkeeping {
    /// The CPU saves the next RIP.
    pub(super) next_rip: bool,
    /// The CPU can flush one address space identifier.
    pub(super) flush_by_asid: bool,
    /// The guest is in its NMI handler: an IRET will exit.
    pub(super) nmi_blocked: bool,
    /// The interrupt shadow was put back after the last exit.
    pub(super) shadow_kept: bool,
    #[bits(60)]
    __: u64,
}

impl Bookkeeping {
    /// The vCPU's.
    pub(super) fn of(vcpu: &VcpuHardware) -> Self {
        Self::from_bits(vcpu.private[WORD])
    }

    /// Changes the vCPU's.
    pub(super) fn update(vcpu: &mut VcpuHardware, change: impl FnOnce(Self) -> Self) {
        vcpu.private[WORD] = change(Self::of(vcpu)).into_bits();
    }

    /// Forgets everything and notes what this CPU can do.
    pub(super) fn start(vcpu: &mut VcpuHardware) {
        let features = capabilities::features();
        vcpu.private = [0; 8];
        Self::update(vcpu, |b| {
            b.with_next_rip(features.contains(capabilities::Features::NEXT_RIP_SAVE))
                .with_flush_by_asid(features.contains(capabilities::Features::FLUSH_BY_ASID))
        });
        vcpu.private[HOST_PAGE] = host_state::page();
    }
}

/// Physical address of the page with this CPU's host state.
pub(super) fn host_page(vcpu: &VcpuHardware) -> u64 {
    vcpu.private[HOST_PAGE]
}
