//! From a checked system, its programs and its guests' images to the bytes that the core boots.

mod config;
mod layout;
mod memory_map;
mod modules;
mod records;
mod schemas;
mod shell;

pub(crate) use memory_map::memory_map;

use crate::program::Program;
use crate::system::System;
use core::fmt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Why no image could be made of a system that its manifest allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompileError {
    /// A task's program is not there.
    NoProgram(String),
    /// A guest's image is not there.
    NoImage(String),
    /// The two ends of a channel were built from different declarations, or one end does not know the interface.
    Schema {
        /// The caller's name.
        caller: String,
        /// The server's name.
        server: String,
        /// The interface.
        interface: &'static str,
        /// Which end lacks it, or how the two differ.
        reason: String,
    },
    /// A task's configuration does not fit its type.
    Config {
        /// The task's name.
        task: String,
        /// Which part.
        reason: &'static str,
    },
    /// The image is larger than its offsets can say.
    TooLarge,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProgram(name) => write!(f, "there is no program `{name}`"),
            Self::NoImage(name) => write!(f, "there is no guest image `{name}`"),
            Self::Schema { caller, server, interface, reason } => {
                write!(f, "`{caller}` cannot call `{server}` (interface {interface}): {reason}")
            }
            Self::Config { task, reason } => {
                write!(f, "the configuration of `{task}` does not fit: {reason}")
            }
            Self::TooLarge => write!(f, "the image is larger than 4 GiB"),
        }
    }
}

/// What a system is made of, by name.
#[derive(Debug, Default)]
pub struct Parts {
    /// Task programs.
    pub programs: BTreeMap<String, Program>,
    /// Guest images.
    pub images: BTreeMap<String, Vec<u8>>,
}

/// What the image carries of the manifest's text, so that a running system says which one it runs.
#[must_use]
pub fn digest(manifest: &str) -> [u8; 32] {
    Sha256::digest(manifest.as_bytes()).into()
}

/// Compiles a system. `manifest` is the text that it came from: the image carries its digest.
///
/// # Errors
/// All that is missing or does not agree.
pub fn compile(system: &System, manifest: &str, parts: &Parts) -> Result<Vec<u8>, Vec<CompileError>> {
    let mut errors = Vec::new();
    for name in system.binary_names() {
        if !parts.programs.contains_key(name) {
            errors.push(CompileError::NoProgram(name.into()));
        }
    }
    for name in system.image_names() {
        if !parts.images.contains_key(name) {
            errors.push(CompileError::NoImage(name.into()));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    errors.extend(schemas::check(system, &parts.programs));
    let modules = modules::Modules::collect(system, &parts.images);
    let digest = digest(manifest);
    let mut configs = Vec::new();
    for (index, task) in system.tasks.iter().enumerate() {
        match config::encode(system, index, &modules, &digest) {
            Ok(bytes) => configs.push(bytes),
            Err(reason) => errors.push(CompileError::Config { task: task.name.clone(), reason }),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    layout::assemble(system, digest, &parts.programs, &configs, &modules).map_err(|error| vec![error])
}
