//! The committed state, and what makes one valid.

use crate::Vpic;
use crate::chip::{CASCADE, Chip, Stage, bit};
use crate::pair::{PRIMARY_ELCR, SECONDARY_ELCR};
use bulkhead_protocol::config;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::InvalidState;

/// What survives the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct State {
    primary: ChipState,
    secondary: ChipState,
}

/// One chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
struct ChipState {
    stage: u8,
    flags: u8,
    vector_base: u8,
    lowest: u8,
    elcr: u8,
    lines: u8,
    latched: u8,
    imr: u8,
    isr: u8,
}

bitflags::bitflags! {
    /// The modes of a chip.
    struct Flags: u8 {
        const NEEDS_ICW4 = 1;
        const SINGLE = 1 << 1;
        const AUTO_EOI = 1 << 2;
        const SPECIAL_FULLY_NESTED = 1 << 3;
        const ROTATE_ON_AUTO_EOI = 1 << 4;
        const SPECIAL_MASK = 1 << 5;
        const READ_ISR = 1 << 6;
        const POLL = 1 << 7;
    }
}

impl Vpic {
    pub(crate) fn save(&self) -> State {
        State { primary: self.primary.save(), secondary: self.secondary.save() }
    }

    /// From bytes, if they are of a state that the pair can be in.
    pub(crate) fn load(config: &config::Vpic, state: &State) -> Result<Self, InvalidState> {
        let primary = Chip::load(true, &state.primary)
            .filter(|chip| chip.elcr & !PRIMARY_ELCR == 0 && chip.lines & bit(CASCADE) == 0);
        let secondary = Chip::load(false, &state.secondary).filter(|chip| chip.elcr & !SECONDARY_ELCR == 0);
        let (primary, secondary) = primary.zip(secondary).ok_or(InvalidState)?;
        Ok(Self { output: config.output_line, primary, secondary, cascade: secondary.int() })
    }
}

impl Chip {
    fn save(&self) -> ChipState {
        let mut flags = Flags::empty();
        flags.set(Flags::NEEDS_ICW4, self.needs_icw4);
        flags.set(Flags::SINGLE, self.single);
        flags.set(Flags::AUTO_EOI, self.auto_eoi);
        flags.set(Flags::SPECIAL_FULLY_NESTED, self.special_fully_nested);
        flags.set(Flags::ROTATE_ON_AUTO_EOI, self.rotate_on_auto_eoi);
        flags.set(Flags::SPECIAL_MASK, self.special_mask);
        flags.set(Flags::READ_ISR, self.read_isr);
        flags.set(Flags::POLL, self.poll);
        ChipState {
            stage: match self.stage {
                Stage::PowerOn => 0,
                Stage::Icw2 => 2,
                Stage::Icw3 => 3,
                Stage::Icw4 => 4,
                Stage::Ready => 1,
            },
            flags: flags.bits(),
            vector_base: self.vector_base,
            lowest: self.lowest,
            elcr: self.elcr,
            lines: self.lines,
            latched: self.latched,
            imr: self.imr,
            isr: self.isr,
        }
    }

    fn load(master: bool, state: &ChipState) -> Option<Self> {
        let stage = match state.stage {
            0 => Stage::PowerOn,
            1 => Stage::Ready,
            2 => Stage::Icw2,
            3 => Stage::Icw3,
            4 => Stage::Icw4,
            _ => return None,
        };
        let flags = Flags::from_bits_retain(state.flags);
        let valid = state.vector_base & 7 == 0 && state.lowest < 8 && state.latched & state.elcr == 0;
        valid.then_some(Self {
            stage,
            needs_icw4: flags.contains(Flags::NEEDS_ICW4),
            single: flags.contains(Flags::SINGLE),
            vector_base: state.vector_base,
            auto_eoi: flags.contains(Flags::AUTO_EOI),
            special_fully_nested: flags.contains(Flags::SPECIAL_FULLY_NESTED),
            rotate_on_auto_eoi: flags.contains(Flags::ROTATE_ON_AUTO_EOI),
            special_mask: flags.contains(Flags::SPECIAL_MASK),
            read_isr: flags.contains(Flags::READ_ISR),
            poll: flags.contains(Flags::POLL),
            lowest: state.lowest,
            elcr: state.elcr,
            lines: state.lines,
            latched: state.latched,
            imr: state.imr,
            isr: state.isr,
            master,
        })
    }
}
