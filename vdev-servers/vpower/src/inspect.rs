//! The device's state in words.

use crate::{Pm1Event, PowerState};
use core::fmt::{Result, Write};
use vdev::PowerRequest;

impl PowerState {
    /// Lines about the PM1a blocks, the resets of a PC, and what the guest has asked for.
    pub(crate) fn write_line(&self, number: u16, sci_line: u8, line: &mut dyn Write) -> Result {
        let word = u16::from_le_bytes;
        match number {
            0 => write!(
                line,
                "PM1 status {:#06x}, enable {:#06x}, control {:#06x}; SCI on line {sci_line}",
                word(self.status),
                word(self.enable),
                word(self.control)
            ),
            1 => self.write_events(line),
            2 => write!(line, "port 0xcf9 {:#04x}, port 0x92 {:#04x}", self.reset_control, self.port_92),
            3 => line.write_str(match self.request {
                None => "the guest has asked for nothing",
                Some(PowerRequest::PowerOff) => "the guest has asked for power-off",
                Some(PowerRequest::ColdReset) => "the guest has asked for a cold reset",
                Some(PowerRequest::WarmReset) => "the guest has asked for a warm reset",
            }),
            _ => Ok(()),
        }
    }

    fn write_events(&self, line: &mut dyn Write) -> Result {
        let names = [
            (Pm1Event::TMR, "PM timer"),
            (Pm1Event::GBL, "global lock"),
            (Pm1Event::PWRBTN, "power button"),
            (Pm1Event::SLPBTN, "sleep button"),
            (Pm1Event::RTC, "RTC alarm"),
        ];
        let status = Pm1Event::from_bits_truncate(u16::from_le_bytes(self.status));
        let enable = Pm1Event::from_bits_truncate(u16::from_le_bytes(self.enable));
        line.write_str("events:")?;
        let mut nothing = true;
        for (event, name) in names {
            let words = match (status.contains(event), enable.contains(event)) {
                (false, false) => continue,
                (true, false) => "pending, not heard",
                (false, true) => "heard",
                (true, true) => "pending",
            };
            write!(line, "{} {name} {words}", if nothing { "" } else { "," })?;
            nothing = false;
        }
        line.write_str(if nothing { " none heard" } else { "" })
    }
}
