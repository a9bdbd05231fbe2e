//! Whose line comes next on the screen.

use crate::reprint::REPRINT;
use crate::screen::Writer;
use crate::{Console, Nanos};

/// After so many bytes without a newline a line may be interrupted although more of it waits.
const LONGEST_LINE: usize = 512;

impl Console {
    /// Moves what is ready to the screen, as far as there is room.
    pub fn compose(&mut self, now: Nanos) {
        while self.screen.has_room_for_a_line_start() {
            let Some(writer) = self.next_writer(now) else { break };
            self.write_line(writer, now);
        }
        if self.reprint.due().is_some_and(|due| due <= now) && self.screen.line().is_none() {
            self.reprint.forget();
            self.give(REPRINT);
        }
        self.collect_room();
    }

    /// When to compose again although nothing else has happened.
    #[must_use]
    pub fn deadline(&self) -> Option<Nanos> {
        // With a full screen, what is ready waits for the serial port and not for time. Otherwise all that is ready
        // is on the screen already, unless another line is held.
        let waits_for_time = self.screen.has_room_for_a_line_start();
        let ready = self.writers().filter_map(|writer| self.ready_at(writer)).min();
        let output = ready.filter(|_| waits_for_time).map(|ready| ready.max(self.held_until()));
        [output, self.end_deadline(), self.reprint.due()].into_iter().flatten().min()
    }

    fn next_writer(&self, now: Nanos) -> Option<Writer> {
        let current = self.screen.line().filter(|writer| self.has_more(*writer));
        if self.screen.column() < LONGEST_LINE && current.is_some() {
            return current;
        }
        if now < self.held_until() {
            return None;
        }
        self.writers().find(|writer| self.ready_at(*writer).is_some_and(|ready| ready <= now)).or(current)
    }

    /// All writers, from the one whose turn it is.
    fn writers(&self) -> impl Iterator<Item = Writer> {
        let (turn, writers) = (self.turn, self.streams.len().saturating_add(2));
        (0..writers).map(move |step| match turn.saturating_add(step).checked_rem(writers).unwrap_or(0) {
            0 => Writer::Console,
            1 => Writer::Log,
            stream => Writer::Stream(stream.saturating_sub(2)),
        })
    }

    /// Until when nobody may interrupt the line under way. One that is too long already is not waited for.
    fn held_until(&self) -> Nanos {
        let held = self.screen.held_until().filter(|_| self.screen.column() < LONGEST_LINE);
        held.unwrap_or(Nanos(0))
    }

    fn has_more(&self, writer: Writer) -> bool {
        match writer {
            Writer::Console => !self.announcements.is_empty(),
            Writer::Log => !self.log.is_empty(),
            Writer::Stream(index) => self.streams.get(index).is_some_and(|stream| !stream.output.is_empty()),
        }
    }

    /// When a line may be begun for this writer.
    fn ready_at(&self, writer: Writer) -> Option<Nanos> {
        match writer {
            Writer::Console => (!self.announcements.is_empty()).then_some(Nanos(0)),
            Writer::Log => self.log.is_ready().then_some(Nanos(0)),
            Writer::Stream(index) if self.owns_screen(index) => self.has_more(writer).then_some(Nanos(0)),
            Writer::Stream(index) => self.streams.get(index).and_then(|stream| stream.output.ready_at()),
        }
    }

    /// Writes the rest of a line, or as much of it as there is.
    fn write_line(&mut self, writer: Writer, now: Nanos) {
        self.note_interruption(writer, now);
        self.turn = match writer {
            Writer::Console => 1,
            Writer::Log => 2,
            Writer::Stream(index) => index.saturating_add(3),
        };
        let prefix = match writer {
            Writer::Stream(index) if !self.is_shell(index) && !self.owns_screen(index) => {
                self.streams.get(index).map_or("", |stream| stream.name.as_str())
            }
            _ => "",
        };
        let screen = &mut self.screen;
        if screen.column() >= LONGEST_LINE {
            // Its turn has come again: it may go on for as long once more.
            screen.restart_column();
        }
        screen.begin(writer, prefix, now);
        while screen.line().is_some() && screen.column() < LONGEST_LINE && screen.has_room_for_a_byte() {
            match writer {
                Writer::Console => match self.announcements.take() {
                    Some(byte) => screen.put_text(byte),
                    None => break,
                },
                Writer::Log => match self.log.take() {
                    Some(byte) => screen.put_text(byte),
                    None => break,
                },
                Writer::Stream(index) => {
                    match self.streams.get_mut(index).and_then(|stream| stream.output.take(now)) {
                        Some(byte) => screen.put_byte(byte),
                        None => break,
                    }
                }
            }
        }
    }

    /// Does this writer interrupt the line in which the shell's user types?
    fn note_interruption(&mut self, writer: Writer, now: Nanos) {
        let of_shell = |writer: Writer| matches!(writer, Writer::Stream(index) if self.is_shell(index));
        if of_shell(writer) || !self.shell_has_focus() {
            return;
        }
        if self.screen.line().is_some_and(of_shell) {
            self.reprint.interrupted(now);
        } else {
            self.reprint.put_off(now);
        }
    }
}
