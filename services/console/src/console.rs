//! The console: its streams, its log, its screen, and the input's way to the stream that has the focus.
//!
//! The streams are those of the guests; if the system has a shell, its stream is behind them.

use crate::announcement::Announcements;
use crate::ending::{Ending, GOOD_END};
use crate::reprint::{REPRINT, Reprint};
use crate::{Command, Escape, Input, Key, LogText, Nanos, Output, Screen};
use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::{ConsoleStream, NAME};
use bulkhead_protocol::stream::{self, CHUNK};
use bulkhead_protocol::terminal::{self, LogLevel};
use bulkhead_protocol::{Bytes, Caller, Text};

/// Streams at the most.
pub const MAX_STREAMS: usize = 17;

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
    /// Place of the shell's stream.
    shell: Option<usize>,
    /// The shell's line that others have interrupted.
    pub(crate) reprint: Reprint,
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
            shell: None,
            reprint: Reprint::new(),
            escape: Escape::new(),
            ending: None,
            notify: 0,
        }
    }

    /// Adds the next guest's stream; false if there are too many.
    pub fn add_stream(&mut self, config: &ConsoleStream) -> bool {
        let (output, input) = (Output::new(), Input::new());
        self.streams.push(Stream { name: config.name.clone(), output, input, server: config.server }).is_ok()
    }

    /// Adds the shell's stream behind those of the guests; false if there are too many.
    pub fn add_shell(&mut self, server: Slot) -> bool {
        self.shell = Some(self.streams.len());
        self.add_stream(&ConsoleStream { name: Text::from_prefix("shell"), server })
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
                if self.reprint.take() {
                    self.give(REPRINT);
                }
                self.give(byte);
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

    /// Gives a byte to the stream that has the focus.
    pub(crate) fn give(&mut self, byte: u8) {
        if let Some(stream) = self.streams.get_mut(self.focus)
            && stream.input.push(byte)
        {
            let server = stream.server;
            self.notify(server);
        }
    }

    /// Streams of guests.
    pub(crate) fn guests(&self) -> usize {
        self.streams.len().saturating_sub(usize::from(self.shell.is_some()))
    }

    /// Is this the shell's stream?
    pub(crate) fn is_shell(&self, stream: usize) -> bool {
        self.shell == Some(stream)
    }

    /// The only guest, while it has the keyboard, owns the screen: its bytes are shown as they come, without a name.
    pub(crate) fn owns_screen(&self, stream: usize) -> bool {
        self.guests() == 1 && !self.is_shell(stream) && !self.shell_has_focus()
    }

    pub(crate) fn shell_has_focus(&self) -> bool {
        self.is_shell(self.focus)
    }

    /// Which stream gets the input: what an earlier life of the console committed is restored by this.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// Gives the input to a stream without a word; one that is not there gets nothing.
    pub fn restore_focus(&mut self, stream: usize) {
        if stream < self.streams.len() {
            self.focus = stream;
        }
    }

    fn obey(&mut self, command: Command, now: Nanos) {
        match command {
            Command::FocusNext => {
                let next = self.focus.saturating_add(1);
                self.set_focus(if next < self.guests() { next } else { 0 });
            }
            Command::Focus(index) => self.set_focus(usize::from(index)),
            Command::Shell => match self.shell {
                Some(shell) => self.set_focus(shell),
                None => self.announcements.say(format_args!("this system has no shell")),
            },
            Command::List => self.list(),
            Command::Help => {
                for line in [
                    "Ctrl-A n      input goes to the next stream",
                    "Ctrl-A 0..9   input goes to that stream",
                    "Ctrl-A s      input goes to the shell",
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
        match self.streams.get(index).filter(|_| index < self.guests() || self.is_shell(index)) {
            Some(stream) => {
                self.focus = index;
                self.announcements.say(format_args!("input goes to {}", stream.name));
                self.reprint.forget();
                if self.is_shell(index) {
                    // It shows its prompt.
                    self.give(REPRINT);
                }
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
            if self.shell == Some(index) {
                self.announcements.say(format_args!("{mark} s {}", stream.name));
                continue;
            }
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

impl terminal::Server for Serving<'_> {
    fn attach(&mut self, _: Caller, name: Text<NAME>) -> bool {
        let mut guests = self.console.streams.iter().take(self.console.guests());
        let Some(index) = guests.position(|stream| stream.name == name) else { return false };
        self.console.set_focus(index);
        true
    }

    fn log_level(&mut self, _: Caller, level: Option<LogLevel>) -> LogLevel {
        if let Some(level) = level {
            self.console.log.set_level(level);
        }
        self.console.log.level()
    }
}
