//! Segment and descriptor table registers in the format of the VMCB (APM volume 2, section 15.5.1 and appendix B).

use bulkhead_abi::vcpu::{Segment, Table};

use super::super::guest_cpu;
use super::vmcb::SegmentRegister;

/// A segment register as the core's callers see it.
pub(super) fn read_segment(register: &SegmentRegister) -> Segment {
    Segment {
        base: register.base,
        limit: register.limit,
        selector: register.selector,
        rights: rights_from_vmcb(register.attributes),
    }
}

/// The same for the VMCB.
pub(super) fn segment(segment: &Segment) -> SegmentRegister {
    SegmentRegister {
        selector: segment.selector,
        attributes: rights_to_vmcb(segment.rights),
        limit: segment.limit,
        base: segment.base,
    }
}

/// A descriptor table register as the core's callers see it.
pub(super) fn read_table(register: &SegmentRegister) -> Table {
    Table { base: register.base, limit: register.limit.into() }
}

/// The same for the VMCB.
pub(super) fn table(table: &Table) -> SegmentRegister {
    let [low, high, ..] = table.limit.to_le_bytes();
    SegmentRegister {
        selector: 0,
        attributes: 0,
        limit: u16::from_le_bytes([low, high]).into(),
        base: table.base,
    }
}

/// Access rights as the VMCB has them: without the hole where a descriptor has the limit's high bits.
pub(super) const fn rights_to_vmcb(rights: u16) -> u16 {
    rights & 0xff | (rights >> 4) & 0xf00
}

/// Access rights as a descriptor has them, 0 if the segment is not present.
pub(super) const fn rights_from_vmcb(attributes: u16) -> u16 {
    if attributes & guest_cpu::RIGHTS_PRESENT == 0 {
        0
    } else {
        attributes & 0xff | (attributes & 0xf00) << 4
    }
}
