//! From the bytes of a terminal to keys.

/// What somebody at a terminal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// A printable character.
    Char(u8),
    Enter,
    /// Deletes before the cursor.
    Backspace,
    /// Deletes at the cursor.
    Delete,
    Left,
    Right,
    Home,
    End,
    /// The earlier line.
    Up,
    /// The later line.
    Down,
    /// Deletes from the cursor to the end.
    KillToEnd,
    /// Deletes from the start to the cursor.
    KillToStart,
    /// Deletes the word before the cursor.
    KillWord,
    /// Completes the word before the cursor.
    Complete,
    /// Gives the line up.
    Abandon,
    /// Shows the line again.
    Reprint,
}

/// Where in an escape sequence (ECMA-48, 5.4) the last byte was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Decoder {
    #[default]
    Ground,
    /// A carriage return: a line feed behind it belongs to it.
    Return,
    Escape,
    /// A control sequence, and the number in it so far.
    Sequence(u8),
}

impl Decoder {
    /// Takes a byte; the key that it completes, if it does.
    pub(crate) fn take(&mut self, byte: u8) -> Option<Key> {
        let before = core::mem::take(self);
        match before {
            Self::Return if byte == b'\n' => None,
            Self::Ground | Self::Return => self.plain(byte),
            // A control character has its meaning in the middle of a sequence too, and ends it.
            Self::Escape | Self::Sequence(_) if byte < b' ' => self.plain(byte),
            Self::Escape => {
                if matches!(byte, b'[' | b'O') {
                    *self = Self::Sequence(0);
                }
                None
            }
            Self::Sequence(number) => self.in_sequence(number, byte),
        }
    }

    fn plain(&mut self, byte: u8) -> Option<Key> {
        Some(match byte {
            b'\r' => {
                *self = Self::Return;
                Key::Enter
            }
            b'\n' => Key::Enter,
            0x1b => {
                *self = Self::Escape;
                return None;
            }
            b'\t' => Key::Complete,
            0x08 | 0x7f => Key::Backspace,
            b' '..=b'~' => Key::Char(byte),
            _ => return control(byte),
        })
    }

    fn in_sequence(&mut self, number: u8, byte: u8) -> Option<Key> {
        match byte {
            b'0'..=b'9' => {
                let digit = byte.wrapping_sub(b'0');
                *self = Self::Sequence(number.saturating_mul(10).saturating_add(digit));
                None
            }
            b';' => {
                *self = Self::Sequence(0);
                None
            }
            b'A' => Some(Key::Up),
            b'B' => Some(Key::Down),
            b'C' => Some(Key::Right),
            b'D' => Some(Key::Left),
            b'F' => Some(Key::End),
            b'H' => Some(Key::Home),
            b'~' => match number {
                1 | 7 => Some(Key::Home),
                3 => Some(Key::Delete),
                4 | 8 => Some(Key::End),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Control characters, by the letter that is held with Ctrl.
fn control(byte: u8) -> Option<Key> {
    Some(match byte | 0x40 {
        b'A' => Key::Home,
        b'B' => Key::Left,
        b'C' => Key::Abandon,
        b'D' => Key::Delete,
        b'E' => Key::End,
        b'F' => Key::Right,
        b'K' => Key::KillToEnd,
        b'L' | b'R' => Key::Reprint,
        b'N' => Key::Down,
        b'P' => Key::Up,
        b'U' => Key::KillToStart,
        b'W' => Key::KillWord,
        _ => return None,
    })
}
