//! The judge is strict: only the right end of an offence is a good one.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use bulkhead_abi::fault::{FaultKind, FaultRecord, TaskPhase, TaskStatus};
use bulkhead_abi::id::Generation;
use probe::offence::{CORE, End, OFFENCES, end_of};
use probe::verdict::{Verdict, judge};
use zerocopy::FromZeros;

fn record(kind: FaultKind, code: u32, address: u64, error: u64) -> FaultRecord {
    FaultRecord { kind: kind as u32, code, address, error, ..FaultRecord::new_zeroed() }
}

fn status(phase: TaskPhase, life: u32) -> TaskStatus {
    TaskStatus { phase: phase as u32, generation: Generation(life), ..TaskStatus::new_zeroed() }
}

#[test]
fn a_page_fault_elsewhere_is_not_the_offence() {
    let end = end_of("read-core").unwrap();
    assert!(end.is_recorded(&record(FaultKind::Exception, 14, CORE, 5)));
    assert!(!end.is_recorded(&record(FaultKind::Exception, 14, CORE + 8, 5)));
    assert!(!end.is_recorded(&record(FaultKind::Exception, 13, CORE, 5)));
    assert!(!end.is_recorded(&record(FaultKind::Panic, 14, CORE, 5)));
}

#[test]
fn a_write_to_what_is_not_mapped_is_not_a_write_to_read_only_memory() {
    let end = end_of("write-rodata").unwrap();
    assert!(end.is_recorded(&record(FaultKind::Exception, 14, 1, 7)));
    assert!(!end.is_recorded(&record(FaultKind::Exception, 14, 1, 6)));
}

#[test]
fn an_offender_is_done_when_its_last_life_is_over() {
    let fault = record(FaultKind::Panic, 3, 0, 0);
    assert_eq!(judge("x-panic", &status(TaskPhase::Faulted, 0), Some(&fault), 1), Verdict::NotYet);
    assert_eq!(judge("x-panic", &status(TaskPhase::Runnable, 1), None, 1), Verdict::NotYet);
    assert_eq!(judge("x-panic", &status(TaskPhase::Faulted, 1), Some(&fault), 1), Verdict::Good);
    assert_eq!(judge("x-panic", &status(TaskPhase::Faulted, 2), Some(&fault), 1), Verdict::Bad);
    assert_eq!(judge("x-hlt", &status(TaskPhase::Faulted, 1), Some(&fault), 1), Verdict::Bad);
    assert_eq!(judge("x-unheard-of", &status(TaskPhase::Runnable, 0), None, 1), Verdict::Bad);
}

#[test]
fn a_test_passes_by_its_exit_code_in_its_first_life() {
    let exit = |code| record(FaultKind::Exited, code, 0, 0);
    assert_eq!(judge("t-a", &status(TaskPhase::Waiting, 0), None, 1), Verdict::NotYet);
    assert_eq!(judge("t-a", &status(TaskPhase::Faulted, 0), Some(&exit(0)), 1), Verdict::Good);
    assert_eq!(judge("t-a", &status(TaskPhase::Faulted, 0), Some(&exit(1)), 1), Verdict::Bad);
    assert_eq!(judge("t-a", &status(TaskPhase::Runnable, 1), None, 1), Verdict::Bad);
}

#[test]
fn whoever_is_not_named_as_an_offender_must_live_its_first_life() {
    assert_eq!(judge("console", &status(TaskPhase::Waiting, 0), None, 1), Verdict::Good);
    assert_eq!(judge("console", &status(TaskPhase::Waiting, 1), None, 1), Verdict::Bad);
    let fault = record(FaultKind::Panic, 0, 0, 0);
    assert_eq!(judge("console", &status(TaskPhase::Faulted, 0), Some(&fault), 1), Verdict::Bad);
    assert_eq!(judge("m-echo", &status(TaskPhase::Faulted, 3), Some(&fault), 1), Verdict::Good);
}

#[test]
fn names_of_offences_are_unique_and_fit_the_name_of_a_task() {
    for (index, (name, end)) in OFFENCES.iter().enumerate() {
        assert_eq!(OFFENCES.iter().position(|(other, _)| other == name), Some(index));
        assert!(name.len() + "x-".len() <= bulkhead_abi::limits::MAX_NAME, "{name}");
        assert_ne!(*end, End::Exception(&[]));
    }
}
