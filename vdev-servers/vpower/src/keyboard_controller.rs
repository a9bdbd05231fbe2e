//! The reset line of a keyboard controller (8042) that is otherwise not there.
//!
//! A guest that looks for a controller must find quickly that there is none, and a guest that resets through it must
//! not wait first. So the status says "output full" for ever, as an empty bus does (draining it never ends and the
//! probe gives up after a few reads), but "input free", so that a command may be written at once.

/// Data port.
pub const DATA_PORT: u16 = 0x60;
/// Status port when read, command port when written.
pub const STATUS_PORT: u16 = 0x64;
/// What the status port reads: all ones but IBF (bit 1).
pub const STATUS: u8 = 0xfd;
/// What the data port reads.
pub const NO_DATA: u8 = 0xff;

const WRITE_OUTPUT_PORT: u8 = 0xd1;
const PULSE_OUTPUT_PORT: u8 = 0xf0;
const RESET_LINE: u8 = 1 << 0;
const A20_LINE: u8 = 1 << 1;

/// What a command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Nothing that is modelled.
    None,
    /// The next byte at the data port is the output port's.
    OutputPortFollows,
    /// The reset line is pulsed.
    Reset,
}

/// Decodes a byte that is written to the command port.
pub(crate) const fn command(byte: u8) -> Command {
    // Commands 0xF0 to 0xFF pulse those of the four low lines whose bit is zero.
    if byte & PULSE_OUTPUT_PORT == PULSE_OUTPUT_PORT {
        if byte & RESET_LINE == 0 { Command::Reset } else { Command::None }
    } else if byte == WRITE_OUTPUT_PORT {
        Command::OutputPortFollows
    } else {
        Command::None
    }
}

/// Decodes the output port: is the CPU held in reset, is A20 open?
pub(crate) const fn output_port(byte: u8) -> (bool, bool) {
    (byte & RESET_LINE == 0, byte & A20_LINE != 0)
}
