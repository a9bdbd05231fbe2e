//! The shell: a person's commands at the console, and their answers.
//!
//! A pure model: bytes of a terminal in, text out, and everything that it asks about behind [`System`]. Whatever is
//! typed has an answer of bounded length; whatever does not answer becomes a line that says so.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod command;
mod completion;
mod editor;
mod history;
mod key;
mod mistake;
mod nearest;
mod order;
mod pager;
mod registry;
mod report;
mod shell;
mod system;
mod trouble;

pub use editor::LONGEST_LINE;
pub use order::Move;
pub use pager::Terminal;
pub use shell::{PROMPT, Shell, Step};
pub use system::System;
