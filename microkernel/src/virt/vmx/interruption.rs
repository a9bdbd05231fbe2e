//! An event in the format of the VMCS (SDM volume 3, sections 25.8.3, 25.9.2 and 25.9.3).

use bitfield_struct::bitfield;

use super::super::Event;

/// #DB.
pub(super) const DEBUG: u8 = 1;
/// #AC.
pub(super) const ALIGNMENT_CHECK: u8 = 17;

/// Exceptions that exit. A guest whose handler for one of these two raises the same again would otherwise keep the CPU
/// busy delivering for ever, without a chance for a host interrupt.
pub(super) const INTERCEPTED_EXCEPTIONS: u32 = 1 << DEBUG | 1 << ALIGNMENT_CHECK;

/// Interruption information: the common format of the VM-entry, VM-exit and IDT-vectoring fields.
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub(super) struct Interruption {
    pub(super) vector: u8,
    #[bits(3)]
    pub(super) kind: u8,
    /// The error code field is valid; deliver it.
    pub(super) error: bool,
    #[bits(19)]
    __: u32,
    pub(super) valid: bool,
}

/// `Interruption::kind`: external interrupt.
pub(super) const EXTERNAL: u8 = 0;
/// `Interruption::kind`: non-maskable interrupt.
pub(super) const NMI: u8 = 2;
/// `Interruption::kind`: hardware exception.
pub(super) const HARDWARE_EXCEPTION: u8 = 3;
/// `Interruption::kind`: INT n.
pub(super) const SOFTWARE_INTERRUPT: u8 = 4;
/// `Interruption::kind`: INT1.
pub(super) const PRIVILEGED_SOFTWARE_EXCEPTION: u8 = 5;
/// `Interruption::kind`: INT3, INTO.
pub(super) const SOFTWARE_EXCEPTION: u8 = 6;

impl Interruption {
    /// An event of the core's.
    pub(super) const fn event(event: Event) -> Self {
        match event {
            Event::Interrupt(vector) => Self::new().with_vector(vector).with_kind(EXTERNAL),
            Event::Nmi => Self::new().with_vector(2).with_kind(NMI),
            Event::Exception { vector, error } => {
                Self::new().with_vector(vector).with_kind(HARDWARE_EXCEPTION).with_error(error.is_some())
            }
        }
        .with_valid(true)
    }

    /// Is the event raised by an instruction whose length the CPU must know to find the return address?
    pub(super) const fn has_instruction(self) -> bool {
        matches!(self.kind(), SOFTWARE_INTERRUPT | PRIVILEGED_SOFTWARE_EXCEPTION | SOFTWARE_EXCEPTION)
    }

    /// The defined bits only: bit 12 of what an exit stores is something else.
    pub(super) const fn defined(self) -> Self {
        Self::new()
            .with_vector(self.vector())
            .with_kind(self.kind())
            .with_error(self.error())
            .with_valid(self.valid())
    }
}
