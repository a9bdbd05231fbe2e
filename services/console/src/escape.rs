//! The escape character: Ctrl-A and one more key are for the console itself.

/// Ctrl-A.
const ESCAPE: u8 = 0x01;

/// What one byte of input turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// For the guest.
    Byte(u8),
    /// For the console.
    Command(Command),
}

/// What the console is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The next stream gets the input.
    FocusNext,
    /// This stream gets the input.
    Focus(u8),
    /// The shell gets the input.
    Shell,
    /// List the streams.
    List,
    /// Explain the keys.
    Help,
    /// Power the machine off.
    PowerOff,
}

/// Whether the last byte was the escape character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Escape {
    open: bool,
}

impl Escape {
    /// No escape character has come.
    #[must_use]
    pub const fn new() -> Self {
        Self { open: false }
    }

    /// Takes a byte of input; `None` if only the next one tells.
    pub fn key(&mut self, byte: u8) -> Option<Key> {
        if !core::mem::take(&mut self.open) {
            self.open = byte == ESCAPE;
            return (!self.open).then_some(Key::Byte(byte));
        }
        Some(match byte {
            ESCAPE => Key::Byte(ESCAPE),
            b'0'..=b'9' => Key::Command(Command::Focus(byte.wrapping_sub(b'0'))),
            b'n' => Key::Command(Command::FocusNext),
            b's' => Key::Command(Command::Shell),
            b'l' => Key::Command(Command::List),
            b'x' => Key::Command(Command::PowerOff),
            _ => Key::Command(Command::Help),
        })
    }
}
