//! How many interrupts each pin has sent, for a person. Not committed: it counts from a reset, or from the server's last
//! start.

use crate::PINS;

/// A count for each pin. Chips that differ in nothing else are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally([u32; PINS]);

impl Tally {
    pub(crate) fn count(&mut self, pin: u32) {
        if let Some(count) = self.0.get_mut(pin as usize) {
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn of(&self, pin: u32) -> u32 {
        self.0.get(pin as usize).copied().unwrap_or(0)
    }
}

impl PartialEq for Tally {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Tally {}
