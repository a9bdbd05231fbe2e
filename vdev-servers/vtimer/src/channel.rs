//! One counter: programming, gate, and where it is in its waveform.

use crate::latch::Latches;
use crate::mode::{Bytes, Mode};
use crate::number;
use crate::waveform::Waveform;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// What the counting element does. Pulses are counted since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) enum Progress {
    /// It was not loaded since the control word.
    Idle,
    /// It is loaded at this pulse, which may be the next.
    Loaded { at: i64 },
    /// The gate holds it so many pulses after its load.
    Held { elapsed: i64 },
}

/// A new count of mode 2 or 3 that waits for the end of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) struct Successor {
    /// The pulse at which it takes over.
    pub(crate) when: i64,
    /// The pulse at which it would have been loaded; earlier than `when` if it begins with a low half.
    pub(crate) at: i64,
    pub(crate) count: u32,
}

/// A counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) struct Channel {
    pub(crate) bytes: Bytes,
    pub(crate) bcd: bool,
    pub(crate) gate: bool,
    /// OUT until the element is loaded.
    pub(crate) output_before: bool,
    /// The count register holds a count that the element has not taken.
    pub(crate) waiting_count: bool,
    /// A count was written since the control word.
    pub(crate) programmed: bool,
    /// The first of two bytes was written.
    pub(crate) low_byte: Option<u8>,
    pub(crate) register: u16,
    pub(crate) waveform: Waveform,
    pub(crate) latches: Latches,
    pub(crate) progress: Progress,
    pub(crate) successor: Option<Successor>,
}

impl Channel {
    /// A counter at power-on. The chip leaves all undefined; low and idle is what disturbs nobody.
    pub(crate) const fn power_on(gate: bool) -> Self {
        Self::programmed_to(Mode::InterruptOnTerminalCount, Bytes::Both, false, gate)
    }

    const fn programmed_to(mode: Mode, bytes: Bytes, bcd: bool, gate: bool) -> Self {
        Self {
            bytes,
            bcd,
            gate,
            output_before: mode.initial_output(),
            waiting_count: false,
            programmed: false,
            low_byte: None,
            register: 0,
            waveform: Waveform { mode, count: 1 },
            latches: Latches::EMPTY,
            progress: Progress::Idle,
            successor: None,
        }
    }

    /// A control word.
    pub(crate) fn program(&mut self, mode: Mode, bytes: Bytes, bcd: bool) {
        *self = Self::programmed_to(mode, bytes, bcd, self.gate);
    }

    /// A byte to the count register.
    pub(crate) fn write(&mut self, byte: u8, now: i64) {
        match (self.bytes, self.low_byte.take()) {
            (Bytes::Low, _) => self.write_count(u16::from(byte), now),
            (Bytes::High, _) => self.write_count(u16::from_be_bytes([byte, 0]), now),
            (Bytes::Both, Some(low)) => self.write_count(u16::from_be_bytes([byte, low]), now),
            (Bytes::Both, None) => {
                self.low_byte = Some(byte);
                // In mode 0 half a count ends the old one.
                if self.waveform.mode == Mode::InterruptOnTerminalCount {
                    self.progress = Progress::Idle;
                    self.output_before = false;
                }
            }
        }
    }

    fn write_count(&mut self, register: u16, now: i64) {
        self.register = register;
        self.programmed = true;
        match self.waveform.mode {
            Mode::InterruptOnTerminalCount | Mode::SoftwareStrobe => {
                let output = self.waveform.mode == Mode::SoftwareStrobe && self.output(now);
                self.load(now, output);
            }
            Mode::OneShot | Mode::HardwareStrobe => self.waiting_count = true,
            Mode::RateGenerator | Mode::SquareWave => match self.progress {
                Progress::Idle => self.load(now, true),
                Progress::Loaded { at } if now < at => self.load(now, true),
                Progress::Loaded { at } => self.queue(at, now),
                Progress::Held { .. } => self.waiting_count = true,
            },
        }
    }

    /// The element takes the count register at the next pulse. A low gate lets it in and stops it there.
    fn load(&mut self, now: i64, output_before: bool) {
        self.output_before = output_before;
        self.waiting_count = false;
        self.successor = None;
        self.waveform.count = number::decode(self.register, self.bcd);
        self.progress = if self.gate || self.waveform.mode.waits_for_gate() {
            Progress::Loaded { at: now.saturating_add(1) }
        } else {
            Progress::Held { elapsed: 0 }
        };
    }

    fn queue(&mut self, at: i64, now: i64) {
        let count = number::decode(self.register, self.bcd);
        let elapsed = now.saturating_sub(at);
        let when = at.saturating_add(self.waveform.handover(elapsed));
        let next = Waveform { count, ..self.waveform };
        // A square wave in its high half goes on with the low half of the new count.
        let rises = self.waveform.mode == Mode::RateGenerator
            || !self.waveform.output(when.saturating_sub(at).saturating_sub(1));
        let at = if rises { when } else { when.saturating_sub(next.high_half()) };
        self.waiting_count = true;
        self.successor = Some(Successor { when, at, count });
    }

    /// The gate changes. A rising gate triggers modes 1, 2, 3 and 5; a low one stops modes 0, 2, 3 and 4.
    pub(crate) fn set_gate(&mut self, gate: bool, now: i64) {
        let rises = gate && !self.gate;
        let output = self.output(now);
        self.gate = gate;
        let mode = self.waveform.mode;
        if rises && (mode.waits_for_gate() || mode.repeats()) {
            if self.programmed {
                self.load(now, output);
            }
            return;
        }
        match self.progress {
            Progress::Held { elapsed } if rises => {
                self.progress = Progress::Loaded { at: now.saturating_sub(elapsed) };
            }
            Progress::Loaded { at } if !gate && !mode.waits_for_gate() => {
                self.waiting_count |= mode.repeats() && self.successor.take().is_some();
                self.progress = Progress::Held { elapsed: now.saturating_sub(at).max(0) };
            }
            _ => {}
        }
    }

    /// Lets a waiting count take over if its time has come.
    pub(crate) fn settle(&mut self, now: i64) {
        if let Some(successor) = self.successor.filter(|successor| successor.when <= now) {
            self.waveform.count = successor.count;
            self.progress = Progress::Loaded { at: successor.at };
            self.successor = None;
            self.waiting_count = false;
        }
    }

    /// OUT; the channel must be settled.
    pub(crate) fn output(&self, now: i64) -> bool {
        match self.progress {
            Progress::Idle => self.output_before,
            Progress::Loaded { at } if now < at => self.output_before,
            Progress::Loaded { at } => self.waveform.output(now.saturating_sub(at)),
            Progress::Held { .. } if self.waveform.mode.repeats() => true,
            Progress::Held { elapsed } => self.waveform.output(elapsed),
        }
    }

    /// The count as it is read; the channel must be settled.
    pub(crate) fn count(&self, now: i64) -> u16 {
        let count = match self.progress {
            Progress::Idle => 0,
            Progress::Loaded { at } => self.waveform.count(now.saturating_sub(at).max(0)),
            Progress::Held { elapsed } => self.waveform.count(elapsed),
        };
        number::encode(count, self.bcd)
    }

    /// NULL COUNT: the element does not hold the last count that was written.
    pub(crate) fn null_count(&self, now: i64) -> bool {
        let loading = matches!(self.progress, Progress::Loaded { at } if now < at);
        !self.programmed || self.waiting_count || loading
    }

    /// The first rise of OUT after this pulse, if nobody touches the counter.
    pub(crate) fn next_rise(&self, after: i64) -> Option<i64> {
        let Progress::Loaded { at } = self.progress else { return None };
        if after < at && !self.output_before && self.waveform.output(0) {
            return Some(at);
        }
        let rise = self.waveform.next_rise(after.saturating_sub(at)).map(|rise| at.saturating_add(rise));
        let Some(successor) = self.successor else { return rise };
        if let Some(rise) = rise.filter(|rise| *rise <= successor.when) {
            return Some(rise);
        }
        let after = after.max(successor.when);
        let next = Waveform { count: successor.count, ..self.waveform };
        next.next_rise(after.saturating_sub(successor.at)).map(|rise| successor.at.saturating_add(rise))
    }
}
