//! The pair's state in words.

use crate::Vpic;
use crate::chip::{Chip, Stage};
use core::fmt::{Result, Write};

impl Vpic {
    /// The columns' heads, then a line for each chip and one for its modes.
    pub(crate) fn write_line(&self, number: u16, line: &mut dyn Write) -> Result {
        match number {
            0 => write!(line, "8259A      vectors    IRR   IMR   ISR   ELCR  lines  INT"),
            1 => self.primary.write_registers("primary", line),
            2 => self.secondary.write_registers("secondary", line),
            3 => self.primary.write_modes("primary", line),
            4 => self.secondary.write_modes("secondary", line),
            _ => Ok(()),
        }
    }
}

impl Chip {
    fn write_registers(&self, name: &str, line: &mut dyn Write) -> Result {
        let last = self.vector_base | 7;
        write!(
            line,
            "{name:<9}  {:#04x}-{last:#04x}  {:#04x}  {:#04x}  {:#04x}  {:#04x}  {:#04x}   {}",
            self.vector_base,
            self.irr(),
            self.imr,
            self.isr,
            self.elcr,
            self.lines,
            if self.int() { "high" } else { "low" }
        )
    }

    fn write_modes(&self, name: &str, line: &mut dyn Write) -> Result {
        let stage = match self.stage {
            Stage::PowerOn => "not initialized",
            Stage::Icw2 => "expects ICW2",
            Stage::Icw3 => "expects ICW3",
            Stage::Icw4 => "expects ICW4",
            Stage::Ready => "ready",
        };
        write!(line, "{name:<9}  {stage}, lowest priority {}", self.lowest)?;
        let modes = [
            (self.auto_eoi, "automatic EOI"),
            (self.rotate_on_auto_eoi, "rotates on automatic EOI"),
            (self.special_fully_nested, "special fully nested"),
            (self.special_mask, "special mask"),
            (self.poll, "poll"),
        ];
        let mut said = modes.iter().filter(|(holds, _)| *holds);
        said.try_for_each(|(_, mode)| write!(line, ", {mode}"))
    }
}
