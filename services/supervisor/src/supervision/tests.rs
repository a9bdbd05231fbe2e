//! Decisions about several tasks.

use super::*;
use FailurePolicy::{PowerOffVm, StartAnew, StayDead};

const UART: TaskId = TaskId(3);
const PIC: TaskId = TaskId(5);

const CONSOLE: TaskId = TaskId(1);

fn due(task: TaskId) -> Due {
    Due { task, fresh: false }
}

fn given_up(cause: Cause) -> Decision {
    Decision::GiveUp { cause, again: false }
}

fn supervision() -> Supervision {
    let policy =
        |task| RestartPolicy { task, backoff_us: 100, limit: 2, period_ms: 1000, on_failure: PowerOffVm };
    Supervision::new(&[policy(UART), policy(PIC)])
}

#[test]
fn a_fault_that_is_seen_twice_is_decided_once() {
    let mut supervision = supervision();
    let first = supervision.fault(UART, Generation(0), Death::Fault, Micros(10));
    assert_eq!(first, Some(Decision::RestartAt(Micros(110), 1)));
    assert_eq!(supervision.fault(UART, Generation(0), Death::Fault, Micros(50)), None);
    assert_eq!(supervision.deadline(), Some(Micros(110)));
}

#[test]
fn nobody_is_restarted_before_its_time() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::Fault, Micros(10));
    supervision.fault(PIC, Generation(0), Death::Fault, Micros(60));
    assert_eq!(supervision.take_due(Micros(109)), None);
    assert_eq!(supervision.take_due(Micros(110)), Some(due(UART)));
    assert_eq!(supervision.take_due(Micros(110)), None);
    assert_eq!(supervision.deadline(), Some(Micros(160)));
    assert_eq!(supervision.take_due(Micros(500)), Some(due(PIC)));
    assert_eq!(supervision.deadline(), None);
}

#[test]
fn the_next_lifes_fault_is_a_new_one() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::Fault, Micros(10));
    assert_eq!(supervision.take_due(Micros(110)), Some(due(UART)));
    let second = supervision.fault(UART, Generation(1), Death::Fault, Micros(120));
    assert_eq!(second, Some(Decision::RestartAt(Micros(320), 2)));
    assert_eq!(supervision.take_due(Micros(320)), Some(due(UART)));
    assert_eq!(
        supervision.fault(UART, Generation(2), Death::Fault, Micros(330)),
        Some(given_up(Cause::LimitReached))
    );
    assert_eq!(supervision.fault(UART, Generation(2), Death::Fault, Micros(340)), None, "said once");
    assert_eq!(supervision.take_due(Micros(10_000_000)), None, "and it stays dead");
}

#[test]
fn one_tasks_faults_do_not_count_for_another() {
    let mut supervision = supervision();
    for life in 0..3 {
        supervision.fault(UART, Generation(life), Death::Fault, Micros(10));
        supervision.take_due(Micros(1000));
    }
    assert_eq!(
        supervision.fault(PIC, Generation(0), Death::Fault, Micros(10)),
        Some(Decision::RestartAt(Micros(110), 1))
    );
}

#[test]
fn what_could_not_be_started_is_dead() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::Fault, Micros(10));
    assert_eq!(supervision.take_due(Micros(110)), Some(due(UART)));
    supervision.give_up(UART);
    assert_eq!(supervision.fault(UART, Generation(0), Death::Fault, Micros(120)), None);
}

#[test]
fn a_task_without_a_policy_is_not_restarted() {
    assert_eq!(
        supervision().fault(TaskId(9), Generation(0), Death::Fault, Micros(0)),
        Some(given_up(Cause::Refused))
    );
}

#[test]
fn a_failure_stays_until_it_is_settled() {
    let mut supervision = supervision();
    assert_eq!(supervision.next_failure(TaskId(0)), None);
    supervision.fault(PIC, Generation(0), Death::InvalidState, Micros(10));
    let failure =
        Failure { task: PIC, life: Generation(0), cause: Cause::InvalidState, again: false, revived: false };
    assert_eq!(supervision.next_failure(TaskId(0)), Some(failure));
    assert_eq!(supervision.next_failure(TaskId(0)), Some(failure));
    supervision.settle(UART, Generation(0));
    assert_eq!(supervision.next_failure(TaskId(0)), Some(failure), "another task's");
    supervision.settle(PIC, Generation(0));
    assert_eq!(supervision.next_failure(TaskId(0)), None);
    assert!(supervision.is_dead(PIC));
}

#[test]
fn a_revived_task_that_fails_again_says_so() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::InvalidState, Micros(10));
    supervision.revived(UART);
    assert!(!supervision.is_dead(UART));
    let told = supervision.next_failure(TaskId(0));
    assert_eq!(told.map(|failure| failure.revived), Some(true), "the manager may have died since");
    supervision.fault(UART, Generation(1), Death::InvalidState, Micros(20));
    let failure =
        Failure { task: UART, life: Generation(1), cause: Cause::InvalidState, again: true, revived: false };
    assert_eq!(supervision.next_failure(TaskId(0)), Some(failure));
}

#[test]
fn a_failure_is_not_settled_with_that_of_an_earlier_life() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::InvalidState, Micros(10));
    supervision.revived(UART);
    supervision.fault(UART, Generation(1), Death::InvalidState, Micros(20));
    supervision.settle(UART, Generation(0));
    assert!(supervision.next_failure(TaskId(0)).is_some_and(|failure| failure.again));
    supervision.settle(UART, Generation(1));
    assert_eq!(supervision.next_failure(TaskId(0)), None);
}

#[test]
fn failures_are_found_one_behind_the_other() {
    let mut supervision = supervision();
    for task in [PIC, UART] {
        supervision.fault(task, Generation(0), Death::InvalidState, Micros(10));
    }
    let found = |from| supervision.next_failure(from).map(|failure| failure.task);
    assert_eq!(
        [found(TaskId(0)), found(UART), found(TaskId(UART.0 + 1)), found(TaskId(PIC.0 + 1))],
        [Some(UART), Some(UART), Some(PIC), None]
    );
}

#[test]
fn a_task_that_waits_for_its_next_life_can_have_it_at_once() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::Fault, Micros(10));
    assert!(supervision.waits(UART));
    supervision.revived(UART);
    assert_eq!((supervision.waits(UART), supervision.deadline()), (false, None));
    assert_eq!(supervision.take_due(Micros(1000)), None, "and not twice");
}

#[test]
fn only_device_servers_concern_the_manager() {
    let policy =
        |on_failure| RestartPolicy { task: CONSOLE, backoff_us: 0, limit: 0, period_ms: 1000, on_failure };
    for (on_failure, starts_anew) in [(StayDead, false), (StartAnew, true)] {
        let mut supervision = Supervision::new(&[policy(on_failure)]);
        supervision.fault(CONSOLE, Generation(0), Death::Fault, Micros(10));
        assert_eq!(supervision.next_failure(TaskId(0)), None);
        let due = supervision.take_due(Micros(10));
        assert_eq!(due, starts_anew.then_some(Due { task: CONSOLE, fresh: true }));
    }
}

#[test]
fn a_life_that_a_cpu_has_not_left_yet_is_not_a_second_fault() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Death::Fault, Micros(10));
    assert_eq!(supervision.take_due(Micros(110)), Some(due(UART)));
    assert_eq!(supervision.fault(UART, Generation(0), Death::Fault, Micros(111)), None);
    assert_eq!(supervision.deadline(), None);
}
