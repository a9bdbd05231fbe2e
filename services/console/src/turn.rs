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
        // is on the screen already.
        let waits_for_time = self.screen.has_room_for_a_line_start();
        let deadlines = self.streams.iter().filter_map(|stream| stream.output.deadline());
        let output = deadlines.min().filter(|_| waits_for_time);
        [output, self.end_deadline(), self.reprint.due()].into_iter().flatten().min()
    }

    fn next_writer(&self, now: Nanos) -> Option<Writer> {
        let current = self.screen.line().filter(|writer| self.has_more(*writer));
        if let Some(current) = current.filter(|_| self.screen.column() < LONGEST_LINE) {
            return Some(current);
        }
        let writers = self.streams.len().saturating_add(2);
        let in_turn = (0..writers).map(|step| {
            let place = self.turn.saturating_add(step).checked_rem(writers).unwrap_or(0);
            match place {
                0 => Writer::Console,
                1 => Writer::Log,
                stream => Writer::Stream(stream.saturating_sub(2)),
            }
        });
        in_turn.into_iter().find(|writer| self.is_ready(*writer, now)).or(current)
    }

    fn has_more(&self, writer: Writer) -> bool {
        match writer {
            Writer::Console => !self.announcements.is_empty(),
            Writer::Log => !self.log.is_empty(),
            Writer::Stream(index) => self.streams.get(index).is_some_and(|stream| !stream.output.is_empty()),
        }
    }

    fn is_ready(&self, writer: Writer, now: Nanos) -> bool {
        match writer {
            Writer::Console => !self.announcements.is_empty(),
            Writer::Log => self.log.is_ready(),
            Writer::Stream(index) => self.streams.get(index).is_some_and(|stream| {
                !stream.output.is_empty() && (self.owns_screen(index) || stream.output.is_ready(now))
            }),
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
        screen.begin(writer, prefix);
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
