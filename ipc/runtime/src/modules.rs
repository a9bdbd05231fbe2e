//! The image's modules, for tasks whose manifest grants them.

use bulkhead_abi::layout::MODULES;
use bulkhead_protocol::config::Module;

/// The bytes of a module. The caller's configuration names it, so the builder vouches for offset and length.
#[must_use]
pub fn bytes(module: &Module) -> &'static [u8] {
    let Ok(length) = usize::try_from(module.length) else { return &[] };
    // SAFETY: the core maps the modules there, read-only, before the task starts and for ever. A range outside is
    // unmapped: touching it ends this task.
    unsafe { core::slice::from_raw_parts((MODULES + module.offset) as *const u8, length) }
}
