//! Paging: from a linear to a guest-physical address (Intel SDM volume 3, chapter 4).
//!
//! Not modelled: protection keys and the width of physical addresses. Both have been checked by the CPU for the
//! operand that caused the exit.

use crate::escape::{Escape, Exception, StopReason};
use crate::machine::Machine;
use crate::mode::Mode;
use bulkhead_abi::vcpu::VcpuState;

const CR0_WP: u64 = 1 << 16;
const CR0_PG: u64 = 1 << 31;
const CR4_PSE: u64 = 1 << 4;
const CR4_PAE: u64 = 1 << 5;
const CR4_LA57: u64 = 1 << 12;
const CR4_SMEP: u64 = 1 << 20;
const CR4_SMAP: u64 = 1 << 21;
const EFER_NXE: u64 = 1 << 11;
const RFLAGS_AC: u64 = 1 << 18;

/// Bits of a paging-structure entry.
const P: u64 = 1;
const RW: u64 = 1 << 1;
const US: u64 = 1 << 2;
const A: u64 = 1 << 5;
const D: u64 = 1 << 6;
const PS: u64 = 1 << 7;
const XD: u64 = 1 << 63;
/// Address bits of an entry of 8 bytes.
const FRAME: u64 = 0x000f_ffff_ffff_f000;

/// What an access is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    /// Also of a read that a write follows.
    Write,
    Fetch,
}

/// One level of a paging hierarchy.
struct Level {
    /// Lowest linear address bit that selects the entry.
    shift: u32,
    /// Number of such bits.
    bits: u32,
    /// PS makes an entry a page.
    large: bool,
    /// The entry carries permissions and an accessed flag (not so the four of PAE's first level).
    full: bool,
}

impl Level {
    const fn new(shift: u32, bits: u32, large: bool) -> Self {
        Self { shift, bits, large, full: true }
    }
}

/// A hierarchy.
struct Hierarchy {
    levels: &'static [Level],
    entry_bytes: u64,
    root: u64,
}

fn hierarchy(state: &VcpuState, mode: Mode) -> Result<Hierarchy, StopReason> {
    const FOUR_LEVEL: &[Level] = &[
        Level::new(39, 9, false),
        Level::new(30, 9, true),
        Level::new(21, 9, true),
        Level::new(12, 9, false),
    ];
    const PAE: &[Level] = &[
        Level { shift: 30, bits: 2, large: false, full: false },
        Level::new(21, 9, true),
        Level::new(12, 9, false),
    ];
    const LEGACY_PSE: &[Level] = &[Level::new(22, 10, true), Level::new(12, 10, false)];
    const LEGACY: &[Level] = &[Level::new(22, 10, false), Level::new(12, 10, false)];
    let has = |bit: u64| state.cr4 & bit != 0;
    Ok(if mode.long && has(CR4_LA57) {
        return Err(StopReason::FiveLevelPaging);
    } else if mode.long {
        Hierarchy { levels: FOUR_LEVEL, entry_bytes: 8, root: state.cr3 & FRAME }
    } else if has(CR4_PAE) {
        Hierarchy { levels: PAE, entry_bytes: 8, root: state.cr3 & 0xffff_ffe0 }
    } else {
        let levels = if has(CR4_PSE) { LEGACY_PSE } else { LEGACY };
        Hierarchy { levels, entry_bytes: 4, root: state.cr3 & 0xffff_f000 }
    })
}

/// A walk under way.
struct Walk<'a, M> {
    machine: &'a mut M,
    state: &'a VcpuState,
    mode: Mode,
    linear: u64,
    intent: Intent,
    /// US and RW as far as all entries have them; XD if one has it.
    rights: u64,
}

/// The guest-physical address of a linear one. Sets accessed and dirty flags.
///
/// # Errors
/// #PF; or page tables that cannot be followed.
pub(crate) fn translate<M: Machine>(
    machine: &mut M,
    state: &VcpuState,
    mode: Mode,
    linear: u64,
    intent: Intent,
) -> Result<u64, Escape> {
    if state.cr0 & CR0_PG == 0 {
        return Ok(linear);
    }
    let hierarchy = hierarchy(state, mode)?;
    Walk { machine, state, mode, linear, intent, rights: US | RW }.follow(&hierarchy)
}

impl<M: Machine> Walk<'_, M> {
    fn follow(&mut self, hierarchy: &Hierarchy) -> Result<u64, Escape> {
        let mut table = hierarchy.root;
        // Accessed flags are set once nothing can fault any more: a walk that faults leaves no trace.
        let mut unmarked = [None; 4];
        for (level, unmarked_entry) in hierarchy.levels.iter().zip(&mut unmarked) {
            let index = self.linear.wrapping_shr(level.shift) & 1u64.wrapping_shl(level.bits).wrapping_sub(1);
            let address = table.wrapping_add(index.wrapping_mul(hierarchy.entry_bytes));
            let entry = self.entry(address, hierarchy.entry_bytes)?;
            self.check(level, entry, hierarchy.entry_bytes)?;
            let is_page = level.shift == 12 || level.large && entry & PS != 0;
            if level.full {
                let wanted = if is_page && self.intent == Intent::Write { A | D } else { A };
                *unmarked_entry = (entry & wanted != wanted).then_some((address, wanted));
            }
            if is_page {
                self.permit()?;
                for (address, bits) in unmarked.into_iter().flatten() {
                    let bits = u8::try_from(bits).unwrap_or(0);
                    if !self.machine.set_memory_bits(address, bits) {
                        return Err(StopReason::PageTableOutsideMemory.into());
                    }
                }
                let offset = 1u64.wrapping_shl(level.shift).wrapping_sub(1);
                return Ok(page(entry, offset, hierarchy.entry_bytes) | self.linear & offset);
            }
            table = entry & FRAME;
        }
        Err(self.fault(P))
    }

    fn entry(&mut self, address: u64, bytes: u64) -> Result<u64, Escape> {
        let mut entry = [0; 8];
        let used = if bytes == 8 { &mut entry[..] } else { &mut entry[..4] };
        if !self.machine.read_memory(address, used) {
            return Err(StopReason::PageTableOutsideMemory.into());
        }
        Ok(u64::from_le_bytes(entry))
    }

    /// Presence and reserved bits of one entry; collects its permissions.
    fn check(&mut self, level: &Level, entry: u64, entry_bytes: u64) -> Result<(), Escape> {
        if entry & P == 0 {
            return Err(self.fault(0));
        }
        if !level.full {
            return Ok(());
        }
        let no_execute = self.state.efer & EFER_NXE != 0;
        let is_large = level.large && entry & PS != 0;
        let reserved = match (entry_bytes, level.shift) {
            (4, _) if is_large => 1 << 21,
            (4, _) => 0,
            (_, 39) => PS,
            // Bit 12 of a large page is PAT.
            _ if is_large => 1u64.wrapping_shl(level.shift).wrapping_sub(1) & FRAME & !0x1000,
            _ => 0,
        };
        let forbidden = if entry_bytes == 8 && !no_execute { reserved | XD } else { reserved };
        if entry & forbidden != 0 {
            return Err(self.fault(P | 8));
        }
        self.rights = self.rights & (entry | !(US | RW)) | entry & XD;
        Ok(())
    }

    /// Do the permissions of all entries together allow the access (section "Determination of Access Rights")?
    fn permit(&self) -> Result<(), Escape> {
        let cr4 = |bit: u64| self.state.cr4 & bit != 0;
        let is_user_page = self.rights & US != 0;
        let privilege = match (self.mode.user, self.intent) {
            (true, _) => is_user_page,
            (false, Intent::Fetch) => !(is_user_page && cr4(CR4_SMEP)),
            (false, _) => !(is_user_page && cr4(CR4_SMAP) && self.state.rflags & RFLAGS_AC == 0),
        };
        let kind = match self.intent {
            Intent::Read => true,
            Intent::Fetch => self.rights & XD == 0,
            Intent::Write => self.rights & RW != 0 || !self.mode.user && self.state.cr0 & CR0_WP == 0,
        };
        if privilege && kind { Ok(()) } else { Err(self.fault(P)) }
    }

    /// #PF with P and RSVD as given.
    fn fault(&self, cause: u64) -> Escape {
        let write = if self.intent == Intent::Write { 2 } else { 0 };
        let user = if self.mode.user { 4 } else { 0 };
        let tells_fetches = self.state.efer & EFER_NXE != 0 && self.state.cr4 & CR4_PAE != 0
            || self.state.cr4 & CR4_SMEP != 0;
        let fetch = if self.intent == Intent::Fetch && tells_fetches { 16 } else { 0 };
        let code = u32::try_from(cause).unwrap_or(0) | write | user | fetch;
        Exception::page(self.linear, code).into()
    }
}

/// First address of the page that an entry maps. With 4-byte entries a 4 MiB page has address bits 39:32 in 20:13.
fn page(entry: u64, offset: u64, entry_bytes: u64) -> u64 {
    if entry_bytes == 4 && offset > 0xfff {
        entry & 0xffc0_0000 | (entry >> 13 & 0xff) << 32
    } else {
        entry & FRAME & !offset
    }
}
