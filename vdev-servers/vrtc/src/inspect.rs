//! The clock's state in words, as of its last event.

use crate::calendar::Moment;
use crate::register::{A, B, C};
use crate::state::State;
use core::fmt::{Result, Write};

impl State {
    /// Lines about date and time, the registers, and the alarm.
    pub(crate) fn write_line(&self, number: u16, interrupt: u8, line: &mut dyn Write) -> Result {
        match number {
            0 => self.write_time_line(interrupt, line),
            1 => write!(
                line,
                "A {:#04x}  B {:#04x}  C {:#04x}  selected byte {:#04x}",
                self.a, self.b, self.c, self.index
            ),
            2 => self.write_interrupts(line),
            _ => Ok(()),
        }
    }

    fn write_time_line(&self, interrupt: u8, line: &mut dyn Write) -> Result {
        write!(line, "MC146818 at 0x70, line {interrupt}: ")?;
        if !self.time_runs() {
            return line.write_str(if self.b().contains(B::SET) {
                "held, to be set"
            } else {
                "stands still"
            });
        }
        let moment = Moment::from_seconds(self.seconds_at(self.seen));
        let Moment { year, month, day, hour, minute, second, .. } = moment;
        write!(line, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")?;
        let digits = if self.b().contains(B::DM) { "binary" } else { "BCD" };
        let hours = if self.b().contains(B::HOURS_24) { 24 } else { 12 };
        write!(line, ", shown in {digits}, {hours} hours")
    }

    fn write_interrupts(&self, line: &mut dyn Write) -> Result {
        let [second, minute, hour] = self.alarm;
        write!(
            line,
            "alarm bytes {hour:02x}:{minute:02x}:{second:02x}, periodic rate {}",
            (self.a() & A::RS).bits()
        )?;
        let sources =
            [(B::PIE, C::PF, "periodic"), (B::AIE, C::AF, "alarm"), (B::UIE, C::UF, "update ended")];
        for (enable, flag, name) in sources {
            if self.b().contains(enable) {
                let pending = if self.c().contains(flag) { " (pending)" } else { "" };
                write!(line, ", {name} enabled{pending}")?;
            }
        }
        Ok(())
    }
}
