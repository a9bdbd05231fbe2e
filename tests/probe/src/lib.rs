//! A task that misbehaves or measures on purpose, as its script says.
//!
//! Here is what needs no machine: how each offence must end (`offence`), what a whole system must look like in the end
//! (`verdict`), scripts and random numbers. What touches the machine is in the program; it is the one task that may
//! contain `unsafe`, because misbehaving is its purpose.
//!
//! The name of a task says what is expected of it:
//!
//! | Name | Must |
//! |---|---|
//! | `x-…` | commit the offence of that name in every life, be restarted to the limit, and stay dead by the right fault |
//! | `t-…` | find that all is well, and exit with code 0 in its first life |
//! | `m-…` | nothing: it may die |
//! | any other | be in its first life to the end |
#![no_std]
#![forbid(unsafe_code)]

pub mod offence;
pub mod random;
pub mod script;
pub mod soak;
pub mod verdict;
