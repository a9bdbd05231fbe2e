//! A machine's serial port as tests see it: text to wait for, bytes to send.

use crate::Failure;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The other end of a serial line.
pub struct SerialLine {
    input: Box<dyn Write + Send>,
    pieces: Receiver<Vec<u8>>,
    transcript: Vec<u8>,
    searched: usize,
}

impl std::fmt::Debug for SerialLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SerialLine({} bytes)", self.transcript.len())
    }
}

impl SerialLine {
    /// Starts to listen.
    #[must_use]
    pub fn new(input: Box<dyn Write + Send>, mut output: Box<dyn Read + Send>) -> Self {
        let (sender, pieces) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = output.read(&mut buffer) {
                if length == 0 || sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { input, pieces, transcript: Vec::new(), searched: 0 }
    }

    /// Sends bytes to the machine.
    ///
    /// # Errors
    /// The machine is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let sent = self.input.write_all(bytes).and_then(|()| self.input.flush());
        sent.map_err(|error| Failure::found(format!("the machine takes no input: {error}")))
    }

    /// Waits until `text` comes after all that was waited for before; what came up to its end.
    ///
    /// # Errors
    /// It does not come in time, or the machine ends.
    pub fn expect(&mut self, text: &str, within: Duration) -> Result<String, Failure> {
        let end = Instant::now() + within;
        // Where the text can begin: what was looked at once is not looked at again.
        let mut from = self.searched;
        loop {
            let fresh = &self.transcript[from..];
            if let Some(at) = fresh.windows(text.len().max(1)).position(|window| window == text.as_bytes()) {
                let upto = from + at + text.len();
                let seen = String::from_utf8_lossy(&self.transcript[self.searched..upto]).into_owned();
                self.searched = upto;
                return Ok(seen);
            }
            from = from.max((self.transcript.len() + 1).saturating_sub(text.len()));
            let left = end.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.transcript.extend_from_slice(&piece),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.missed(text, &format!("did not come within {} s", within.as_secs())));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.missed(text, "did not come; the machine ended"));
                }
            }
        }
    }

    fn missed(&self, text: &str, how: &str) -> Failure {
        let tail = self.transcript.len().saturating_sub(2000);
        let last = String::from_utf8_lossy(&self.transcript[tail..]);
        Failure::found(format!("{text:?} {how}. The last that came:\n{last}"))
    }

    /// Takes in what has come; everything so far.
    pub fn transcript(&mut self) -> String {
        while let Ok(piece) = self.pieces.try_recv() {
            self.transcript.extend_from_slice(&piece);
        }
        String::from_utf8_lossy(&self.transcript).into_owned()
    }

    /// Takes in everything until the machine closes the line; all of it.
    pub fn drain(&mut self) -> String {
        while let Ok(piece) = self.pieces.recv_timeout(Duration::from_secs(1)) {
            self.transcript.extend_from_slice(&piece);
        }
        String::from_utf8_lossy(&self.transcript).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::SerialLine;
    use std::io::{Cursor, Read};
    use std::time::Duration;

    fn line(text: &'static str) -> SerialLine {
        SerialLine::new(Box::new(Vec::new()), Box::new(Cursor::new(text.as_bytes())))
    }

    #[test]
    fn each_text_is_searched_after_the_one_before() {
        let mut line = line("one two one");
        let second = Duration::from_secs(1);
        assert_eq!(line.expect("two", second).unwrap(), "one two");
        assert_eq!(line.expect("one", second).unwrap(), " one");
        assert!(line.expect("one", second).is_err());
    }

    #[test]
    fn a_text_is_found_that_comes_in_pieces() {
        let pieces = Cursor::new("zero on").chain(Cursor::new("e tw")).chain(Cursor::new("o"));
        let mut line = SerialLine::new(Box::new(Vec::new()), Box::new(pieces));
        let second = Duration::from_secs(1);
        assert_eq!(line.expect("one", second).unwrap(), "zero one");
        assert_eq!(line.expect("two", second).unwrap(), " two");
    }

    #[test]
    fn a_text_that_does_not_come_shows_what_came() {
        let failure = line("kernel panic").expect("login:", Duration::from_secs(1)).unwrap_err();
        assert!(failure.message.contains("login:") && failure.message.contains("kernel panic"));
    }
}
