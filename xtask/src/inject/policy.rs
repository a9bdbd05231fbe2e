//! What is promised when a server has used up its restarts: what its manifest says, and nothing else.

/// What follows when a server is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    ResetDevice,
    PauseVm,
    ResetVm,
    PowerOffVm,
}

/// Why a guest is moved whose server is given up.
const REASON: &str = "(ServerLost)";

impl Policy {
    /// Of the supervisor's words: `reset-vm: more than 2 faults in 1 ms`. A state that does not validate is another matter:
    /// whoever dies at a boundary must not leave one.
    pub(super) fn of(words: &str) -> Option<Self> {
        let (policy, cause) = words.split_once(": ")?;
        if !cause.starts_with("more than ") {
            return None;
        }
        match policy {
            "reset-device" => Some(Self::ResetDevice),
            "pause-vm" => Some(Self::PauseVm),
            "reset-vm" => Some(Self::ResetVm),
            "power-off-vm" => Some(Self::PowerOffVm),
            _ => None,
        }
    }

    /// Is it done with this step of its VM? A device's reset is no step: its server is in service again.
    pub(super) fn is_kept_by(self, step: &str) -> bool {
        let ends = match self {
            Self::ResetDevice => return false,
            Self::PauseVm => " -> Paused ",
            Self::ResetVm => " -> Started ",
            Self::PowerOffVm => " -> PoweredOff ",
        };
        step.ends_with(&format!("{ends}{REASON}"))
    }

    /// Is the guest not to come to its end?
    pub(super) const fn ends_guest(self) -> bool {
        matches!(self, Self::PauseVm | Self::PowerOffVm)
    }
}

/// Does a guest begin anew with this step because a server was given up?
pub(super) fn begins_anew(step: &str) -> bool {
    Policy::ResetVm.is_kept_by(step)
}

/// Where the text says that a policy has ended this guest.
pub(super) fn end_of(vm: &str, text: &str) -> Option<usize> {
    ["Paused", "PoweredOff"]
        .iter()
        .find_map(|state| text.find(&format!("vm {vm}: Started -> {state} {REASON}")))
}

#[cfg(test)]
mod tests {
    use super::{Policy, end_of};

    #[test]
    fn only_what_the_limit_brings_about_is_the_policy_s() {
        assert_eq!(Policy::of("pause-vm: more than 2 faults in 1 ms"), Some(Policy::PauseVm));
        assert_eq!(Policy::of("reset-device: its committed state does not validate"), None);
    }

    #[test]
    fn a_policy_is_kept_by_its_own_step_for_its_own_reason() {
        assert!(Policy::ResetVm.is_kept_by("Created -> Started (ServerLost)"));
        assert!(!Policy::ResetVm.is_kept_by("Created -> Started (GuestReset)"));
        assert!(!Policy::PauseVm.is_kept_by("Started -> PoweredOff (ServerLost)"));
    }

    #[test]
    fn the_end_of_another_guest_is_not_this_one_s() {
        let text = "vm-manager: vm a: Started -> Paused (ServerLost)\n";
        assert!(end_of("a", text).is_some() && end_of("b", text).is_none());
    }
}
