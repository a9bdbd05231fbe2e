//! Why a guest could not be had.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a guest could not be had.
#[derive(Debug)]
pub enum Error {
    /// A file or folder cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A program cannot be started.
    Missing {
        /// Which.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// A program ended with an error.
    Failed {
        /// Which.
        program: String,
        /// What it said.
        output: String,
    },
    /// The distribution does not offer a package, or the package not a file.
    NotFound(String),
}

impl Error {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_path_buf(), error }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Missing { program, error } => write!(f, "{program} cannot be started: {error}"),
            Self::Failed { program, output } => write!(f, "{program} failed: {}", output.trim_end()),
            Self::NotFound(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for Error {}
