//! The shell: keys in, echo and answers out.

use crate::completion::{Completion, common};
use crate::editor::Editor;
use crate::history::History;
use crate::key::{Decoder, Key};
use crate::order::{self, Order};
use crate::pager::{Pager, Terminal};
use crate::report;
use crate::system::System;
use bulkhead_protocol::config;
use core::fmt::{self, Write};

/// What the shell shows when it waits for a command.
pub const PROMPT: &str = "bulkhead> ";

/// The shell's own state: it is lost with it, and nothing else is.
#[derive(Debug, Default)]
pub struct Shell {
    decoder: Decoder,
    editor: Editor,
    history: History,
    /// Lines of an answer that come at once; 0 is all.
    lines: u16,
}

/// What a byte has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The line has changed, or not.
    Typed,
    /// A line was entered and answered.
    Answered,
}

impl Shell {
    /// A shell to which nothing was typed.
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: Decoder::Ground, editor: Editor::new(), history: History::new(), lines: 0 }
    }

    /// Takes a byte of input; echo and answer go to `out`, whose lines end with a line feed alone.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn take(
        &mut self,
        byte: u8,
        config: &config::Shell,
        system: &mut dyn System,
        out: &mut dyn Terminal,
    ) -> Result<Step, fmt::Error> {
        let Some(key) = self.decoder.take(byte) else { return Ok(Step::Typed) };
        let editor = &mut self.editor;
        match key {
            Key::Char(byte) => {
                let mut letter = [0; 4];
                editor.insert(char::from(byte).encode_utf8(&mut letter), out)?;
            }
            Key::Backspace => editor.delete_before(1, out)?,
            Key::Delete => editor.delete_behind(1, out)?,
            Key::Left => editor.move_by(1, false, out)?,
            Key::Right => editor.move_by(1, true, out)?,
            Key::Home => editor.move_by(usize::MAX, false, out)?,
            Key::End => editor.move_by(usize::MAX, true, out)?,
            Key::KillToEnd => editor.delete_behind(usize::MAX, out)?,
            Key::KillToStart => editor.delete_before(usize::MAX, out)?,
            Key::KillWord => editor.delete_word(out)?,
            Key::Reprint => editor.reprint(PROMPT, out)?,
            Key::Up => {
                if let Some(line) = self.history.earlier() {
                    editor.replace(line, out)?;
                }
            }
            Key::Down => {
                if let Some(line) = self.history.later() {
                    editor.replace(line, out)?;
                }
            }
            Key::Complete => self.complete(config, out)?,
            Key::Abandon => {
                editor.clear();
                write!(out, "^C\n{PROMPT}")?;
            }
            Key::Enter => {
                self.enter(config, system, out)?;
                return Ok(Step::Answered);
            }
        }
        Ok(Step::Typed)
    }

    fn enter(
        &mut self,
        config: &config::Shell,
        system: &mut dyn System,
        out: &mut dyn Terminal,
    ) -> fmt::Result {
        let line = core::mem::take(&mut self.editor);
        self.history.add(line.text());
        writeln!(out)?;
        match order::read(line.text(), config) {
            Ok(Order::Lines(count)) => {
                self.lines = count.unwrap_or(self.lines);
                match self.lines {
                    0 => writeln!(out, "answers come whole")?,
                    lines => writeln!(out, "answers stop after {lines} lines")?,
                }
            }
            Ok(order) => report::answer(&order, config, system, &mut Pager::new(&mut *out, self.lines))?,
            Err(mistake) => writeln!(out, "{mistake}")?,
        }
        write!(out, "{PROMPT}")
    }

    /// Completes the word before the cursor as far as it is clear, or else shows what it could become.
    fn complete(&mut self, config: &config::Shell, out: &mut dyn Write) -> fmt::Result {
        let mut more = heapless::String::<{ config::NAME }>::new();
        let choices;
        {
            let completion = Completion::of(self.editor.before_cursor());
            choices = completion.candidates(config).count();
            let whole = common(completion.candidates(config));
            let _ = more.push_str(whole.get(completion.start.len()..).unwrap_or_default());
            if choices == 1 {
                let _ = more.push(' ');
            } else if more.is_empty() && choices > 1 {
                writeln!(out)?;
                for candidate in completion.candidates(config) {
                    write!(out, "{candidate}  ")?;
                }
                writeln!(out)?;
            }
        }
        if more.is_empty() && choices > 1 {
            self.editor.reprint(PROMPT, out)
        } else {
            self.editor.insert(&more, out)
        }
    }
}
