//! The chip's state in words.

use crate::{RedirectionEntry, Vioapic};
use core::fmt::{Result, Write};
use vdev::DeliveryMode;

impl Vioapic {
    /// A line about the chip, the columns' heads, then a line for each pin that is not as after reset.
    pub(crate) fn write_line(&self, number: u16, line: &mut dyn Write) -> Result {
        match number {
            0 => write!(
                line,
                "I/O APIC at {:#x}, id {}, {} pins, selected register {:#04x}; pins as after reset are left out",
                self.base,
                self.id,
                self.present.count_ones(),
                self.select
            ),
            1 => write!(line, "pin  vector  mode    destination  trigger  polarity        sent  state"),
            other => {
                let index = usize::from(other).saturating_sub(2);
                self.pins_in_use().nth(index).map_or(Ok(()), |(pin, entry)| self.write_pin(pin, entry, line))
            }
        }
    }

    fn pins_in_use(&self) -> impl Iterator<Item = (u32, RedirectionEntry)> + '_ {
        let all = (0u32..).zip(self.entries);
        all.filter(|(pin, entry)| {
            let active = (self.asserted | self.latched).wrapping_shr(*pin) & 1 != 0;
            active || *entry != RedirectionEntry::RESET
        })
    }

    fn write_pin(&self, pin: u32, entry: RedirectionEntry, line: &mut dyn Write) -> Result {
        let bit = 1u32.wrapping_shl(pin);
        let addressing = if entry.logical() { "logical" } else { "physical" };
        write!(
            line,
            "{pin:>3}    {:#04x}  {:<6}  {:>3} {addressing:<8} {:<7}  {:<8}  {:>10}  ",
            entry.vector(),
            mode_name(entry),
            entry.destination(),
            if entry.level_triggered() { "level" } else { "edge" },
            if entry.active_low() { "low" } else { "high" },
            self.sent.of(pin),
        )?;
        let words = [
            (entry.masked(), "masked"),
            (self.asserted & bit != 0, "asserted"),
            (self.latched & bit != 0, "waits"),
            (entry.remote_irr(), "in service"),
        ];
        write_words(&words, "idle", line)
    }
}

fn mode_name(entry: RedirectionEntry) -> &'static str {
    match DeliveryMode::from_bits(entry.delivery_mode()) {
        Some(DeliveryMode::Fixed) => "fixed",
        Some(DeliveryMode::LowestPriority) => "lowest",
        Some(DeliveryMode::Smi) => "SMI",
        Some(DeliveryMode::Nmi) => "NMI",
        Some(DeliveryMode::Init) => "INIT",
        Some(DeliveryMode::ExtInt) => "ExtINT",
        Some(DeliveryMode::StartUp) | None => "none",
    }
}

fn write_words(words: &[(bool, &str)], otherwise: &str, line: &mut dyn Write) -> Result {
    let mut said = words.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word);
    line.write_str(said.next().unwrap_or(otherwise))?;
    said.try_for_each(|word| write!(line, ", {word}"))
}
