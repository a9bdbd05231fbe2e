//! Boots images in the emulators and checks what they do.
//!
//! A [`Built`] system becomes a machine, a [`Session`] is the dialogue with it, and each [`scenario`] is one such
//! dialogue, the same in every emulator. Every wait has a bound; what fails shows the machine's last words.
#![forbid(unsafe_code)]

mod built;
mod complaints;
mod last_words;
mod patience;
pub mod scenario;
mod screen;
mod session;

pub use built::Built;
pub use patience::Patience;
pub use session::Session;
