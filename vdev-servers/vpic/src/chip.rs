//! One 8259A: requests, priorities, service ("Interrupt Sequence", "Fully Nested Mode", "Rotation").

/// What the chip expects on its odd port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// OCW1; the chip has not been initialized and asks for nothing.
    PowerOn,
    /// ICW2.
    Icw2,
    /// ICW3.
    Icw3,
    /// ICW4.
    Icw4,
    /// OCW1; the chip works.
    Ready,
}

/// An 8259A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chip {
    /// The SP/EN pin: a chip with another one behind it.
    pub(crate) master: bool,
    pub(crate) stage: Stage,
    /// ICW1: ICW4 follows.
    pub(crate) needs_icw4: bool,
    /// ICW1: no cascade, so ICW3 does not follow.
    pub(crate) single: bool,
    /// ICW2: bits 7 to 3 of the vectors.
    pub(crate) vector_base: u8,
    /// ICW4.
    pub(crate) auto_eoi: bool,
    /// ICW4.
    pub(crate) special_fully_nested: bool,
    /// OCW2.
    pub(crate) rotate_on_auto_eoi: bool,
    /// OCW3.
    pub(crate) special_mask: bool,
    /// OCW3: the even port reads ISR, not IRR.
    pub(crate) read_isr: bool,
    /// OCW3: the next read is a poll.
    pub(crate) poll: bool,
    /// The input with the lowest priority; the next one has the highest.
    pub(crate) lowest: u8,
    /// Level-triggered inputs (ELCR).
    pub(crate) elcr: u8,
    /// Levels of the inputs.
    pub(crate) lines: u8,
    /// Edges that are not acknowledged.
    pub(crate) latched: u8,
    /// Interrupt mask register.
    pub(crate) imr: u8,
    /// In-service register.
    pub(crate) isr: u8,
}

/// The cascade input of the primary.
pub(crate) const CASCADE: u8 = 2;
/// What a spurious interrupt claims to be.
const SPURIOUS: u8 = 7;

/// The bit of an input.
pub(crate) const fn bit(input: u8) -> u8 {
    1u8.wrapping_shl(input as u32)
}

impl Chip {
    pub(crate) const fn new(master: bool) -> Self {
        Self {
            master,
            stage: Stage::PowerOn,
            needs_icw4: false,
            single: false,
            vector_base: 0,
            auto_eoi: false,
            special_fully_nested: false,
            rotate_on_auto_eoi: false,
            special_mask: false,
            read_isr: false,
            poll: false,
            lowest: 7,
            elcr: 0,
            lines: 0,
            latched: 0,
            imr: 0,
            isr: 0,
        }
    }

    /// Interrupt request register.
    pub(crate) const fn irr(&self) -> u8 {
        self.latched | self.lines & self.elcr
    }

    /// The inputs change.
    pub(crate) const fn set_lines(&mut self, level: u8, rose: u8) {
        self.lines = level;
        self.latched |= rose & !self.elcr;
    }

    /// The INT output.
    pub(crate) fn int(&self) -> bool {
        self.pending().is_some()
    }

    /// The input to be served next, if its priority is above that of what is in service.
    pub(crate) fn pending(&self) -> Option<u8> {
        if self.stage != Stage::Ready {
            return None;
        }
        let input = self.first(self.irr() & !self.imr)?;
        let Some(in_service) = self.first(self.inhibiting()) else { return Some(input) };
        // In the special fully nested mode, a further request of the secondary outranks its one in service.
        let again = self.master && self.special_fully_nested && input == CASCADE && in_service == CASCADE;
        (self.rank(input) < self.rank(in_service) || again).then_some(input)
    }

    /// What is in service and counts: in the special mask mode, masked inputs do not.
    const fn inhibiting(&self) -> u8 {
        if self.special_mask { self.isr & !self.imr } else { self.isr }
    }

    /// An acknowledgement: the input, now in service, or `None` for a spurious one.
    pub(crate) fn acknowledge(&mut self) -> Option<u8> {
        let input = self.pending()?;
        self.latched &= !bit(input);
        if !self.auto_eoi {
            self.isr |= bit(input);
        } else if self.rotate_on_auto_eoi {
            self.lowest = input;
        }
        Some(input)
    }

    /// The vector of an acknowledged input, or the spurious one.
    pub(crate) fn vector(&self, acknowledged: Option<u8>) -> u8 {
        self.vector_base | acknowledged.unwrap_or(SPURIOUS)
    }

    /// The poll byte: like an acknowledgement, with the answer in a register.
    pub(crate) fn read_poll(&mut self) -> u8 {
        self.poll = false;
        self.acknowledge().map_or(SPURIOUS, |input| 0x80 | input)
    }

    /// The input that a non-specific end of interrupt ends.
    pub(crate) fn ending(&self) -> Option<u8> {
        self.first(self.inhibiting())
    }

    /// The input of highest priority among those.
    fn first(&self, inputs: u8) -> Option<u8> {
        let top = self.lowest.wrapping_add(1) & 7;
        let rank = inputs.rotate_right(u32::from(top)).trailing_zeros();
        (inputs != 0).then(|| ((rank & 7) as u8).wrapping_add(top) & 7)
    }

    /// 0 is the highest priority.
    const fn rank(&self, input: u8) -> u8 {
        input.wrapping_sub(self.lowest).wrapping_sub(1) & 7
    }
}
