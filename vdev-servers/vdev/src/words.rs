//! A device in words, for a person.

use crate::Device;
use bulkhead_protocol::inspect::LINE;

/// One line of a device's description; `None` behind the last. What does not fit a message is cut.
pub(crate) fn line(device: &impl Device, number: u16) -> Option<heapless::String<LINE>> {
    let mut line = heapless::String::new();
    let whole = device.inspect(number, &mut line);
    debug_assert!(whole.is_ok(), "line {number} is too long: {line}");
    (!line.is_empty()).then_some(line)
}

/// All of it, as the shell shows it.
pub fn words(device: &impl Device) -> impl Iterator<Item = heapless::String<LINE>> {
    (0..=u16::MAX).map_while(|number| line(device, number))
}
