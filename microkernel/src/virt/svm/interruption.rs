//! An event in the format of the VMCB (APM volume 2, sections 15.20 and 15.7.2).

use bitfield_struct::bitfield;

use super::super::Event;

/// #DB.
pub(super) const DEBUG: u8 = 1;
/// #BP.
const BREAKPOINT: u8 = 3;
/// #OF.
const OVERFLOW: u8 = 4;
/// #AC.
pub(super) const ALIGNMENT_CHECK: u8 = 17;

/// Exceptions that exit. A guest whose handler for one of these two raises the same again would otherwise keep the CPU
/// busy delivering for ever, without a chance for a host interrupt.
pub(super) const INTERCEPTED_EXCEPTIONS: u32 = 1 << DEBUG | 1 << ALIGNMENT_CHECK;

/// EVENTINJ and EXITINTINFO.
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub(super) struct Interruption {
    pub(super) vector: u8,
    #[bits(3)]
    pub(super) kind: u8,
    /// Push the error code.
    pub(super) error: bool,
    #[bits(19)]
    __: u32,
    pub(super) valid: bool,
    pub(super) error_code: u32,
}

/// `Interruption::kind`: external interrupt.
pub(super) const EXTERNAL: u8 = 0;
/// `Interruption::kind`: non-maskable interrupt.
pub(super) const NMI: u8 = 2;
/// `Interruption::kind`: exception.
pub(super) const EXCEPTION: u8 = 3;
/// `Interruption::kind`: INT n.
pub(super) const SOFTWARE_INTERRUPT: u8 = 4;

impl Interruption {
    /// An event of the core's.
    pub(super) const fn event(event: Event) -> Self {
        match event {
            Event::Interrupt(vector) => Self::new().with_vector(vector).with_kind(EXTERNAL),
            Event::Nmi => Self::new().with_vector(2).with_kind(NMI),
            Event::Exception { vector, error: None } => Self::new().with_vector(vector).with_kind(EXCEPTION),
            Event::Exception { vector, error: Some(code) } => {
                Self::new().with_vector(vector).with_kind(EXCEPTION).with_error(true).with_error_code(code)
            }
        }
        .with_valid(true)
    }

    /// Is the event raised by an instruction, to which RIP still points? Then it comes again by itself.
    pub(super) const fn comes_again(self) -> bool {
        match self.kind() {
            SOFTWARE_INTERRUPT => true,
            EXCEPTION => matches!(self.vector(), BREAKPOINT | OVERFLOW),
            _ => false,
        }
    }
}
