//! What the manifest says about this task, and what its last life left.

use crate::page;
use bulkhead_abi::layout::{COMMITTED, CONFIG};
use serde::de::DeserializeOwned;

/// This task's configuration.
///
/// # Panics
/// The configuration page holds no `T`: the image was built for another program. The supervisor reports it.
#[must_use]
pub fn config<T: DeserializeOwned>() -> T {
    // SAFETY: the core maps `config_len` bytes there, read-only, before the task starts.
    let bytes =
        unsafe { core::slice::from_raw_parts(CONFIG as *const u8, page::start_info().config_len as usize) };
    match bulkhead_protocol::decode(bytes) {
        Ok(config) => config,
        Err(_) => panic!("the configuration does not decode: the image is of another version than this task"),
    }
}

/// The bytes of the state that an earlier life committed, if there are any.
#[must_use]
pub fn committed() -> Option<&'static [u8]> {
    let length = page::start_info().committed_len as usize;
    // SAFETY: the core maps `committed_len` bytes there, read-only, before the task starts.
    (length > 0).then(|| unsafe { core::slice::from_raw_parts(COMMITTED as *const u8, length) })
}

/// This task's name.
#[must_use]
pub fn name() -> &'static str {
    bulkhead_abi::image::name_text(&page::start_info().name)
}

/// Which life of this task this is; 0 is the first.
#[must_use]
pub fn generation() -> u32 {
    page::start_info().generation.0
}
