//! Where the compiler gets the bytes of guests' images and of task programs.

use crate::program::Program;

/// Whether an image can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// These are its bytes.
    Here(Vec<u8>),
    /// The name is good; the bytes are built or fetched when an image is made.
    Later,
    /// There is no such image.
    Absent {
        /// Why, in a few words.
        reason: String,
        /// What to do.
        help: String,
    },
}

/// The files, images and programs that a manifest can name.
pub trait Library {
    /// The path as a person would give it, and the text, of another manifest or a board file.
    ///
    /// # Errors
    /// Why it cannot be read, in a few words.
    fn manifest(&self, name: &str) -> Result<(String, String), String> {
        let _ = name;
        Err("there are no files here".into())
    }

    /// The guest image with this name as the manifest writes it.
    fn image(&self, name: &str) -> Availability;

    /// The task program with this name, if it is built.
    fn program(&self, name: &str) -> Option<Program> {
        let _ = name;
        None
    }

    /// The names of all task programs; `None` if they are not known.
    fn programs(&self) -> Option<Vec<String>>;
}

/// A library that takes every name and has no bytes.
impl Library for () {
    fn image(&self, _name: &str) -> Availability {
        Availability::Later
    }

    fn programs(&self) -> Option<Vec<String>> {
        None
    }
}
