//! The console: its streams, its log, its screen, and the input's way to the stream that has the focus.

use crate::announcement::Announcements;
use crate::ending::{Ending, GOOD_END};
use crate::{Command, Escape, Input, Key, LogText, Nanos, Output, Screen};
use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::{ConsoleStream, NAME};
use bulkhead_protocol::stream::{self, CHUNK};
use bulkhead_protocol::{Bytes, Caller, Text};

/// Streams at the most.
pub const MAX_STREAMS: usize = 16;

/// A guest's stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: Text<NAME>,
    pub(crate) output: Output,
    input: Input,
    server: Slot,
}

/// The console.
#[derive(Debug)]
pub struct Console {
    pub(crate) streams: heapless::Vec<Stream, MAX_STREAMS>,
    pub(crate) log: LogText,
    pub(crate) announcements: Announcements,
    pub(crate) screen: Screen,
    /// Whose turn it is to begin a line: 0 console, 1 log, 2 the first stream, …
    pub(crate) turn: usize,
    focus: usize,
    escape: Escape,
    /// The machine's end, once it is asked for.
    pub(crate) ending: Option<Ending>,
    /// Servers to notify: bit n is slot n.
    notify: u64,
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// A console without streams.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            streams: heapless::Vec::new(),
            log: LogText::new(),
            announcements: Announcements::new(),
            screen: Screen::new(),
            turn: 0,
            focus: 0,
            escape: Escape::new(),
            ending: None,
            notify: 0,
        }
    }

    /// Adds the next stream; false if there are too many.
    pub fn add_stream(&mut self, config: &ConsoleStream) -> bool {
        let (output, input) = (Output::new(), Input::new());
        self.streams.push(Stream { name: config.name.clone(), output, input, server: config.server }).is_ok()
    }

    /// The screen, for the serial port to take bytes from.
    pub fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }

    /// The log on its way to the screen.
    pub fn log(&mut self) -> &mut LogText {
        &mut self.log
    }

    /// Text of the log, of which the first byte has this position.
    pub fn accept_log(&mut self, position: u64, text: &[u8]) {
        self.log.accept(position, text);
        let lost = self.log.take_lost();
        if lost > 0 {
            self.announcements.say(format_args!("{lost} bytes of the log were lost"));
        }
    }

    /// A byte has come from the serial port.
    pub fn receive(&mut self, byte: u8, now: Nanos) {
        match self.escape.key(byte) {
            None => {}
            Some(Key::Byte(byte)) => {
                if let Some(stream) = self.streams.get_mut(self.focus)
                    && stream.input.push(byte)
                {
                    let server = stream.server;
                    self.notify(server);
                }
            }
            Some(Key::Command(command)) => self.obey(command, now),
        }
    }

    /// Slots to notify: input has come for their streams, or there is room again.
    pub fn take_notifications(&mut self) -> u64 {
        core::mem::take(&mut self.notify)
    }

    /// Notifies the servers that were refused and have room again.
    pub(crate) fn collect_room(&mut self) {
        for stream in &mut self.streams {
            if stream.output.take_room_again() {
                self.notify |= slot_bit(stream.server);
            }
        }
    }

    fn notify(&mut self, server: Slot) {
        self.notify |= slot_bit(server);
    }

    fn obey(&mut self, command: Command, now: Nanos) {
        match command {
            Command::FocusNext => {
                let next = self.focus.saturating_add(1);
                self.set_focus(if next < self.streams.len() { next } else { 0 });
            }
            Command::Focus(index) => self.set_focus(usize::from(index)),
            Command::List => self.list(),
            Command::Help => {
                for line in [
                    "Ctrl-A n      input goes to the next stream",
                    "Ctrl-A 0..9   input goes to that stream",
                    "Ctrl-A l      lists the streams",
                    "Ctrl-A x      powers the machine off",
                    "Ctrl-A Ctrl-A sends a Ctrl-A",
                ] {
                    self.announcements.say(format_args!("{line}"));
                }
            }
            Command::PowerOff => {
                self.announcements.say(format_args!("power off"));
                self.end_machine(GOOD_END, now);
            }
        }
    }

    fn set_focus(&mut self, index: usize) {
        match self.streams.get(index) {
            Some(stream) => {
                self.focus = index;
                self.announcements.say(format_args!("input goes to {}", stream.name));
            }
            None => self.announcements.say(format_args!("there is no stream {index}")),
        }
    }

    fn list(&mut self) {
        if self.streams.is_empty() {
            self.announcements.say(format_args!("there are no streams"));
        }
        for (index, stream) in self.streams.iter().enumerate() {
            let mark = if index == self.focus { '*' } else { ' ' };
            match stream.input.dropped() {
                0 => self.announcements.say(format_args!("{mark} {index} {}", stream.name)),
                lost => self
                    .announcements
                    .say(format_args!("{mark} {index} {} ({lost} bytes of input lost)", stream.name)),
            }
        }
    }
}

fn slot_bit(slot: Slot) -> u64 {
    1u64.checked_shl(u32::from(slot.0)).unwrap_or(0)
}

/// The console while it serves a request at this time.
#[derive(Debug)]
pub struct Serving<'a> {
    /// The console.
    pub console: &'a mut Console,
    /// When the request came.
    pub now: Nanos,
}

impl Serving<'_> {
    fn stream(&mut self, caller: Caller) -> Option<&mut Stream> {
        self.console.streams.get_mut(usize::from(caller.badge))
    }
}

impl stream::Server for Serving<'_> {
    fn write(&mut self, caller: Caller, position: u64, bytes: Bytes<CHUNK>) -> u64 {
        let now = self.now;
        self.stream(caller).map_or(position, |stream| stream.output.write(position, &bytes, now))
    }

    fn read(&mut self, caller: Caller, position: u64) -> Bytes<CHUNK> {
        self.stream(caller).map(|stream| stream.input.read(position)).unwrap_or_default()
    }

    fn positions(&mut self, caller: Caller) -> (u64, u64) {
        self.stream(caller).map_or((0, 0), |stream| (stream.output.position(), stream.input.position()))
    }
}
