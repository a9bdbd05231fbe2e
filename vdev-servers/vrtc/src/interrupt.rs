//! Interrupt flags: what has happened since the last look, and when the line may rise next.

use crate::alarm::Alarm;
use crate::divider::period;
use crate::register::{A, B, C};
use crate::state::State;
use vdev::Nanos;

impl State {
    /// Sets the flags of all that has happened up to now. However much time has passed, a flag is one event.
    pub(crate) fn advance(&mut self, now: Nanos) {
        let mut flags = self.c();
        if self.time_runs() {
            let (before, after) = (self.seconds_at(self.seen), self.seconds_at(now));
            let alarm = self.alarm().next_after(before).is_some_and(|at| at <= after);
            flags.set(C::UF, flags.contains(C::UF) || before != after);
            flags.set(C::AF, flags.contains(C::AF) || alarm);
        }
        if let Some(ticks) = self.period() {
            let passed = self.divider().period(ticks, self.seen) != self.divider().period(ticks, now);
            flags.set(C::PF, flags.contains(C::PF) || passed);
        }
        self.c = flags.bits();
        self.seen = now;
    }

    /// Register C; reading it clears the flags.
    pub(crate) fn read_c(&mut self) -> u8 {
        let mut flags = self.c();
        flags.set(C::IRQF, self.line_level());
        self.c = 0;
        flags.bits()
    }

    /// The interrupt line: a flag that is enabled.
    pub(crate) fn line_level(&self) -> bool {
        self.enabled().intersects(self.c())
    }

    /// When the line will rise if nobody touches the clock. While it is high, nothing more can be seen.
    pub(crate) fn next_interrupt(&self) -> Option<Nanos> {
        if self.line_level() {
            return None;
        }
        let enabled = self.enabled();
        let runs = self.time_runs();
        let showing = self.seconds_at(self.seen);
        let update = || Some(self.when_seconds(showing.wrapping_add(1)));
        let alarm = || Some(self.when_seconds(self.alarm().next_after(showing)?));
        let periodic = || {
            let (divider, ticks) = (self.divider(), self.period()?);
            Some(divider.period_begins(ticks, divider.period(ticks, self.seen).wrapping_add(1)))
        };
        let update = (runs && enabled.contains(C::UF)).then(update).flatten();
        let alarm = (runs && enabled.contains(C::AF)).then(alarm).flatten();
        let periodic = enabled.contains(C::PF).then(periodic).flatten();
        [update, alarm, periodic].into_iter().flatten().min()
    }

    fn enabled(&self) -> C {
        C::from_bits_truncate(self.b().intersection(B::UIE | B::AIE | B::PIE).bits())
    }

    fn alarm(&self) -> Alarm {
        Alarm { registers: self.alarm, format: self.format() }
    }

    /// Crystal ticks between periodic interrupts, if there are any.
    fn period(&self) -> Option<u64> {
        period(self.a().intersection(A::RS).bits()).filter(|_| self.divider_runs())
    }
}
