//! Fault campaigns on the bench: the seven device servers of a VM and its instruction emulator, around a model of the
//! core, with a random guest in front and the console behind.
//!
//! The guest of a seed runs once without faults; that run's trace is the reference. Then it runs again and again,
//! each time with a fault (or several), and must see the same. Everything follows from numbers: a case that fails is
//! played again by its [`Case`].
#![forbid(unsafe_code)]

mod attack;
mod bench;
mod bench_core;
mod case;
mod console_end;
mod emulator;
mod fault;
mod guest;
mod injection;
mod life;
mod plan;
mod platform;
mod random;
mod report;
mod sabotage;
pub mod soak;
mod task;
mod trace;

pub use case::{Case, Played, Verdict, play};
pub use fault::{FaultKind, Promise, Server};
pub use injection::Injection;
pub use plan::{Flaw, Plan, reference, run};
pub use report::{Outcomes, Report};
pub use trace::OpTrace;
