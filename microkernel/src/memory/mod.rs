//! The core's memory: where it is mapped, and from what it is made.
//!
//! The core maps its own image, its arena (tables, task memory, stacks), the core part of the system image and the
//! interrupt controllers. Guest RAM is never mapped here.

mod arena;
mod core_space;
mod physical;
mod task_space;

pub(crate) use arena::{Arena, Demand, arena_needed};
pub(crate) use core_space::{CoreSpace, stack_top};
pub(crate) use physical::Physical;
pub(crate) use task_space::{TaskMemory, build as build_task};

/// Start of the direct map: physical address p is at `DIRECT + p`, if the core maps it at all.
pub(crate) const DIRECT: u64 = 0xffff_8000_0000_0000;

/// Where the core sees a physical address of its arena.
pub(crate) const fn direct<T>(physical: u64) -> *mut T {
    (DIRECT + physical) as *mut T
}
