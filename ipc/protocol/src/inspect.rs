//! A device server, as somebody asks it who may look and change nothing.

use crate::Text;

/// Bytes of a line.
pub const LINE: usize = 112;

interface! {
    /// Requests to a device server that leave it as it is.
    "inspect" = 9 {
        /// The line with this number, from 0, of the device's state in words; `None` behind the last.
        Line = line(number: u16) -> Option<Text<LINE>>;
    }
}
