//! The probe's task: one program that is, by its script, an offender, a test, a server or the judge.
#![no_std]
#![no_main]

mod task;
