//! The timer: one-shot, periodic, TSC-deadline ("APIC Timer").
//!
//! Its input clock is the time-stamp counter divided by the divide configuration register. So its frequency, which
//! real CPUs tell by CPUID leaf 0x15 or leave to calibration, is the TSC's.

const DIVIDE_WRITABLE: u32 = 0b1011;

/// Timer mode, bits 17 and 18 of the timer's LVT entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimerMode {
    OneShot,
    Periodic,
    TscDeadline,
    /// The fourth encoding: counts as one-shot.
    Reserved,
}

impl TimerMode {
    pub(super) const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::OneShot,
            1 => Self::Periodic,
            2 => Self::TscDeadline,
            _ => Self::Reserved,
        }
    }
}

/// The timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timer {
    mode: TimerMode,
    initial: u32,
    divide: u32,
    /// TSC at which the count reaches zero, or the deadline; `None` while stopped.
    expires: Option<u64>,
}

impl Timer {
    pub(super) const fn new() -> Self {
        Self { mode: TimerMode::OneShot, initial: 0, divide: 0, expires: None }
    }

    pub(super) const fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// Is something due? Then the timer stops or begins the period that `now` is in, and the answer is true.
    pub(super) fn settle(&mut self, now: u64) -> bool {
        let Some(expires) = self.expires else { return false };
        let Some(late) = now.checked_sub(expires) else { return false };
        self.expires = match self.mode {
            TimerMode::Periodic => {
                let period = self.ticks(self.initial);
                late.checked_rem(period).map(|into| now.saturating_sub(into).saturating_add(period))
            }
            _ => None,
        };
        true
    }

    /// Changes the mode. To and from TSC-deadline mode disarms; between the two counting modes CPUs go on counting,
    /// although the manual says that every change disarms.
    pub(super) fn set_mode(&mut self, mode: TimerMode) {
        if (self.mode == TimerMode::TscDeadline) != (mode == TimerMode::TscDeadline) {
            self.expires = None;
            self.initial = 0;
        }
        self.mode = mode;
    }

    /// The counter jumped by `delta`: what counts goes on as if it had not; a deadline stays where it is.
    pub(super) fn follow_jump(&mut self, delta: u64) {
        if self.mode != TimerMode::TscDeadline {
            self.expires = self.expires.map(|expires| expires.wrapping_add(delta));
        }
    }

    pub(super) const fn initial(&self) -> u32 {
        self.initial
    }

    /// Starts counting, or stops if the count is 0. Ignored in TSC-deadline mode.
    pub(super) fn set_initial(&mut self, count: u32, now: u64) {
        if self.mode != TimerMode::TscDeadline {
            self.initial = count;
            self.expires = (count != 0).then(|| now.saturating_add(self.ticks(count)));
        }
    }

    /// The current count; `settle` has been called for `now`.
    pub(super) fn current(&self, now: u64) -> u32 {
        match (self.mode, self.expires) {
            (TimerMode::TscDeadline, _) | (_, None) => 0,
            (_, Some(expires)) => {
                let shift = self.shift();
                let round_up = 1u64.wrapping_shl(shift).saturating_sub(1);
                let count = expires.saturating_sub(now).saturating_add(round_up).wrapping_shr(shift);
                u32::try_from(count).unwrap_or(u32::MAX)
            }
        }
    }

    pub(super) const fn divide(&self) -> u32 {
        self.divide
    }

    /// Changes the clock; the current count stays and goes on at the new rate.
    pub(super) fn set_divide(&mut self, value: u32, now: u64) {
        let count = self.current(now);
        self.divide = value & DIVIDE_WRITABLE;
        if self.mode != TimerMode::TscDeadline && self.expires.is_some() {
            self.expires = Some(now.saturating_add(self.ticks(count)));
        }
    }

    /// IA32_TSC_DEADLINE: 0 if disarmed or in another mode.
    pub(super) fn tsc_deadline(&self) -> u64 {
        if self.mode == TimerMode::TscDeadline { self.expires.unwrap_or(0) } else { 0 }
    }

    /// Arms, or disarms with 0. Ignored in other modes.
    pub(super) fn set_tsc_deadline(&mut self, deadline: u64) {
        if self.mode == TimerMode::TscDeadline {
            self.expires = (deadline != 0).then_some(deadline);
        }
    }

    /// TSC ticks of a count.
    fn ticks(&self, count: u32) -> u64 {
        // At most 32 + 7 bits.
        u64::from(count).wrapping_shl(self.shift())
    }

    /// Logarithm of the divisor: bits 3, 1, 0 count 2, 4 … 128, 1.
    const fn shift(&self) -> u32 {
        ((self.divide & 3 | self.divide >> 1 & 4).wrapping_add(1)) & 7
    }
}
