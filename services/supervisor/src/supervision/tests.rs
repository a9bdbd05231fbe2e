//! Decisions about several tasks.

use super::*;

const UART: TaskId = TaskId(3);
const PIC: TaskId = TaskId(5);

fn supervision() -> Supervision {
    let policy = |task| RestartPolicy { task, backoff_us: 100, limit: 2, period_ms: 1000 };
    Supervision::new(&[policy(UART), policy(PIC)])
}

#[test]
fn a_fault_that_is_seen_twice_is_decided_once() {
    let mut supervision = supervision();
    let first = supervision.fault(UART, Generation(0), Micros(10));
    assert_eq!(first, Some(Decision::RestartAt(Micros(110))));
    assert_eq!(supervision.fault(UART, Generation(0), Micros(50)), None);
    assert_eq!(supervision.deadline(), Some(Micros(110)));
}

#[test]
fn nobody_is_restarted_before_its_time() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Micros(10));
    supervision.fault(PIC, Generation(0), Micros(60));
    assert_eq!(supervision.take_due(Micros(109)), None);
    assert_eq!(supervision.take_due(Micros(110)), Some(UART));
    assert_eq!(supervision.take_due(Micros(110)), None);
    assert_eq!(supervision.deadline(), Some(Micros(160)));
    assert_eq!(supervision.take_due(Micros(500)), Some(PIC));
    assert_eq!(supervision.deadline(), None);
}

#[test]
fn the_next_lifes_fault_is_a_new_one() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Micros(10));
    assert_eq!(supervision.take_due(Micros(110)), Some(UART));
    let second = supervision.fault(UART, Generation(1), Micros(120));
    assert_eq!(second, Some(Decision::RestartAt(Micros(320))));
    assert_eq!(supervision.take_due(Micros(320)), Some(UART));
    assert_eq!(supervision.fault(UART, Generation(2), Micros(330)), Some(Decision::GiveUp));
    assert_eq!(supervision.fault(UART, Generation(2), Micros(340)), None, "said once");
    assert_eq!(supervision.take_due(Micros(10_000_000)), None, "and it stays dead");
}

#[test]
fn one_tasks_faults_do_not_count_for_another() {
    let mut supervision = supervision();
    for life in 0..3 {
        supervision.fault(UART, Generation(life), Micros(10));
        supervision.take_due(Micros(1000));
    }
    assert_eq!(supervision.fault(PIC, Generation(0), Micros(10)), Some(Decision::RestartAt(Micros(110))));
}

#[test]
fn what_could_not_be_started_is_dead() {
    let mut supervision = supervision();
    supervision.fault(UART, Generation(0), Micros(10));
    assert_eq!(supervision.take_due(Micros(110)), Some(UART));
    supervision.give_up(UART);
    assert_eq!(supervision.fault(UART, Generation(0), Micros(120)), None);
}

#[test]
fn a_task_without_a_policy_is_not_restarted() {
    assert_eq!(supervision().fault(TaskId(9), Generation(0), Micros(0)), Some(Decision::GiveUp));
}
