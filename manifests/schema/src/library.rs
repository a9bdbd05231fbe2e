//! Where the compiler gets the bytes of guests' images and of task programs.

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

/// The images and programs that a manifest can name.
pub trait Library {
    /// The guest image with this name as the manifest writes it.
    fn image(&self, name: &str) -> Availability;

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
