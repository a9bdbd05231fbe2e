//! A VM's time, in time-stamp ticks: what the counters of its vCPUs show, and what its device servers are told.
//!
//! It is 0 until the VM first runs, passes as the host's while the VM runs, and stands still while it does not. So a
//! paused guest finds neither a jump of its counter nor timers that fired without it, and two VMs that were built alike
//! cannot be told apart by what their devices remember of the time.

/// The clock of one VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VmClock {
    /// VM time when it was last started or stopped.
    guest: u64,
    /// Host time when it was last started; `None` while it is stopped.
    since: Option<u64>,
}

impl VmClock {
    /// A clock that stands at zero.
    pub const ZERO: Self = Self { guest: 0, since: None };

    /// VM time at a host time.
    #[must_use]
    pub const fn now(&self, host: u64) -> u64 {
        match self.since {
            Some(since) => self.guest.saturating_add(host.saturating_sub(since)),
            None => self.guest,
        }
    }

    /// Time passes from here on.
    pub const fn run(&mut self, host: u64) {
        if self.since.is_none() {
            self.since = Some(host);
        }
    }

    /// Time stands still from here on.
    pub const fn stop(&mut self, host: u64) {
        *self = Self { guest: self.now(host), since: None };
    }

    /// What is added to the host's counter while time passes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match self.since {
            Some(since) => self.guest.wrapping_sub(since),
            None => 0,
        }
    }

    /// Host time at which a VM time has come; `u64::MAX` if it does not come while things stay as they are. Never 0.
    #[must_use]
    pub const fn due(&self, guest: u64) -> u64 {
        match self.since {
            Some(since) => {
                let due = since.saturating_add(guest.saturating_sub(self.guest));
                if due == 0 { 1 } else { due }
            }
            None if guest <= self.guest => 1,
            None => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_begins_when_the_vm_first_runs_and_stands_still_while_it_is_paused() {
        let mut clock = VmClock::ZERO;
        assert_eq!(clock.now(5_000), 0);
        clock.run(10_000);
        assert_eq!((clock.now(10_000), clock.now(10_700)), (0, 700));
        clock.stop(10_700);
        assert_eq!(clock.now(99_000), 700);
        clock.run(100_000);
        assert_eq!(clock.now(100_001), 701);
    }

    #[test]
    fn the_counter_in_the_guest_shows_the_vms_time() {
        let mut clock = VmClock::ZERO;
        for (run, stop) in [(7u64, 30u64), (50, 51), (1_000_000, 1_000_100)] {
            clock.run(run);
            assert_eq!(run.wrapping_add(clock.offset()), clock.now(run));
            assert_eq!(stop.wrapping_add(clock.offset()), clock.now(stop));
            clock.stop(stop);
        }
        assert_eq!(clock.now(2_000_000), 23 + 1 + 100);
    }

    #[test]
    fn stopping_and_running_twice_changes_nothing() {
        let mut clock = VmClock::ZERO;
        clock.run(10);
        clock.run(20);
        assert_eq!(clock.now(30), 20);
        clock.stop(30);
        clock.stop(40);
        assert_eq!(clock.now(50), 20);
    }

    /// A deadline is due at one host time, neither before nor twice, however often the VM was paused in between.
    #[test]
    fn a_deadline_waits_for_the_pause_to_end() {
        let mut clock = VmClock::ZERO;
        clock.run(1_000);
        assert_eq!(clock.due(500), 1_500);
        clock.stop(1_400);
        assert_eq!(clock.due(500), u64::MAX);
        assert_eq!(clock.due(400), 1, "it has come already");
        clock.run(9_000);
        assert_eq!(clock.due(500), 9_100);
        assert_eq!(clock.now(clock.due(500)), 500);
        assert_eq!(clock.due(u64::MAX), u64::MAX);
    }
}
