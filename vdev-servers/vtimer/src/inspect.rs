//! The timer's state in words, as of its last event.

use crate::channel::{Channel, Progress};
use crate::clk;
use crate::mode::{Bytes, Mode};
use crate::state::State;
use core::fmt::{Result, Write};

impl State {
    /// The columns' heads, a line for each counter, and one for what is beside them.
    pub(crate) fn write_line(&self, number: u16, pm_timer: u64, line: &mut dyn Write) -> Result {
        match number {
            0 => write!(line, "8254  mode                count  bytes  gate  OUT   state"),
            4 => write!(line, "port 0x61 {:#04x}; PM timer at {pm_timer:#x}", self.port_b),
            number => {
                let index = usize::from(number).checked_sub(1);
                let channel = index.and_then(|index| self.channels.get(index));
                channel.map_or(Ok(()), |channel| channel.write_line(number, clk::pulses(self.seen), line))
            }
        }
    }
}

impl Channel {
    fn write_line(&self, number: u16, now: i64, line: &mut dyn Write) -> Result {
        let level = |high: bool| if high { "high" } else { "low" };
        let bytes = match self.bytes {
            Bytes::Low => "low",
            Bytes::High => "high",
            Bytes::Both => "both",
        };
        let state = match self.progress {
            Progress::Idle if !self.programmed => "has no count",
            Progress::Idle => "waits for its gate",
            Progress::Loaded { .. } => "counts",
            Progress::Held { .. } => "held by its gate",
        };
        write!(
            line,
            "{:>4}  {:<18}  {:>5}  {bytes:<5}  {:<4}  {:<4}  {state}{}",
            number.saturating_sub(1),
            mode_name(self.waveform.mode),
            self.waveform.count,
            level(self.gate),
            level(self.output(now)),
            if self.bcd { ", BCD" } else { "" }
        )
    }
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::InterruptOnTerminalCount => "0, terminal count",
        Mode::OneShot => "1, one-shot",
        Mode::RateGenerator => "2, rate generator",
        Mode::SquareWave => "3, square wave",
        Mode::SoftwareStrobe => "4, software strobe",
        Mode::HardwareStrobe => "5, hardware strobe",
    }
}
