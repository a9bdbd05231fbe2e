//! The lines of a report, word by word.

use super::*;
use bulkhead_abi::id::{CpuId, Generation, TaskId, VcpuId};
use bulkhead_abi::limits::MAX_LOG_LINE;
use bulkhead_protocol::bus;
use proptest::prelude::*;
use std::format;
use std::string::String;
use zerocopy::{FromZeros, IntoBytes};

fn record(kind: FaultKind, code: u32) -> FaultRecord {
    let mut record = FaultRecord::new_zeroed();
    (record.kind, record.code) = (kind as u32, code);
    (record.task, record.cpu, record.generation) = (TaskId(5), CpuId(1), Generation(2));
    (record.rip, record.address, record.error) = (0x40_1234, 0x10, 4);
    record
}

fn cause(record: &FaultRecord) -> String {
    format!("{}", Cause { name: "linux.vuart", record })
}

#[test]
fn every_kind_of_fault_has_its_words() {
    let mut panic = record(FaultKind::Panic, 0);
    for (to, from) in panic.text.iter_mut().zip(b"no such register (vuart.rs:7)") {
        *to = *from;
    }
    let cases = [
        (record(FaultKind::None, 0), "stopped for no reason that is known"),
        (record(FaultKind::Exception, 14), "page fault at 0x10, error 0x4"),
        (record(FaultKind::Exception, 6), "invalid opcode, error 0x4"),
        (record(FaultKind::Exception, 255), "unknown exception, error 0x4"),
        (record(FaultKind::StackOverflow, 0), "stack overflow at 0x10"),
        (panic, "panic: no such register (vuart.rs:7)"),
        (record(FaultKind::Exited, 3), "exited with code 3"),
        (record(FaultKind::Deadline, 9), "kept task 9 waiting beyond its deadline"),
        (record(FaultKind::BadReply, 17), "gave an answer that is none (0x11)"),
        (record(FaultKind::BadCommit, 2), "asked for a commit that it may not make (part 2)"),
        (record(FaultKind::Exited, EXIT_INVALID_STATE), "the committed state does not validate"),
        (
            record(FaultKind::GaveUp, 0x0f03),
            "said that the vCPU cannot go on (0xf03); its next life is asked",
        ),
        (record(FaultKind::Injected, 2), "stopped on purpose (fault 2)"),
    ];
    for (record, words) in cases {
        let expected = format!("linux.vuart (task 5, life 2, CPU 1): {words}, rip 0x401234");
        assert_eq!(cause(&record), expected);
    }
}

fn under(record: &FaultRecord) -> String {
    format!("{}", Under(record))
}

fn with_event(kind: EventKind, message: &[u8]) -> FaultRecord {
    let mut record = record(FaultKind::Exception, 13);
    record.event_token = 17;
    record.event_kind = kind as u32;
    record.event_length = u32::try_from(message.len()).unwrap_or(0);
    for (to, from) in record.event_message.iter_mut().zip(message) {
        *to = *from;
    }
    record
}

#[test]
fn the_event_under_way_is_named() {
    assert_eq!(under(&with_event(EventKind::Timeout, &[])), "no event under way");
    let mut signal = with_event(EventKind::Signal, &[]);
    assert_eq!(under(&signal), "token 17: signal");
    signal.event_flags = EVENT_REPEAT;
    assert_eq!(under(&signal), "token 17 (again): signal");
}

#[test]
fn a_request_under_way_is_shown_with_its_arguments() {
    let request = bus::Request::Write {
        sequence: 7,
        space: bus::Space::Port,
        address: 0x3f8,
        width: bus::Width::Byte,
        value: 65,
    };
    let mut bytes = [0; 128];
    let length = bulkhead_protocol::encode(&request, &mut bytes).unwrap_or(0);
    let mut record = with_event(EventKind::Request, bytes.get(..length).unwrap_or(&[]));
    record.event_interface = u32::from(bus::ID);
    let words = "bus.Write { sequence: 7, space: Port, address: 1016, width: Byte, value: 65 }";
    assert_eq!(under(&record), format!("token 17: request {words}"));
    record.event_length = 3;
    assert_eq!(under(&record), "token 17: request bus, 3 bytes that do not decode");
    record.event_length = u32::MAX;
    assert_eq!(under(&record), "token 17: request bus, 0 bytes that do not decode");
    record.event_interface = 999;
    assert_eq!(under(&record), "token 17: request interface 999, 0 bytes");
}

#[test]
fn an_exit_under_way_says_what_the_guest_did() {
    let exit = VcpuExit {
        kind: ExitKind::PortWrite as u8,
        size: 1,
        vcpu: VcpuId(4),
        local: 0,
        write: 1,
        address: 0x3f8,
        value: 0x41,
        sequence: 9,
    };
    let record = with_event(EventKind::Exit, exit.as_bytes());
    assert_eq!(under(&record), "token 17: exit PortWrite of 1 bytes at 0x3f8 by vCPU 0, value 0x41");
}

#[test]
fn stack_words_say_where_they_are() {
    let mut record = record(FaultKind::Exception, 13);
    record.stack = core::array::from_fn(|index| index as u64);
    let words = "0000000000000004 0000000000000005 0000000000000006 0000000000000007";
    assert_eq!(format!("{}", StackWords { record: &record, first: 4 }), format!("stack+20 {words}"));
}

#[test]
fn what_follows_is_said_with_its_reason() {
    let policy = |on_failure| RestartPolicy {
        task: TaskId(5),
        backoff_us: 100,
        limit: 10,
        period_ms: 500,
        on_failure,
    };
    let then = |decision, on_failure| {
        let policy = policy(on_failure);
        format!("{}", Then { decision, policy: Some(&policy), now: Micros(1000) })
    };
    let end = |cause, again| Decision::GiveUp { cause, again };
    let (limit, invalid) = (FailureCause::LimitReached, FailureCause::InvalidState);
    use FailurePolicy::{PauseVm, PowerOffVm, ResetDevice, ResetVm, StartAnew, StayDead};
    for (decision, policy, words) in [
        (Decision::RestartAt(Micros(1200), 2), PowerOffVm, "then restart 2 of 10 in 200 us"),
        (end(limit, false), PowerOffVm, "then power-off-vm: more than 10 faults in 500 ms"),
        (end(invalid, false), ResetDevice, "then reset-device: its committed state is of no use"),
        (end(invalid, true), ResetDevice, "then power-off-vm: its committed state is of no use"),
        (end(limit, true), ResetVm, "then power-off-vm: more than 10 faults in 500 ms"),
        (end(limit, true), PauseVm, "then pause-vm: more than 10 faults in 500 ms"),
        (end(limit, false), StayDead, "then stay-dead: more than 10 faults in 500 ms"),
        (end(limit, true), StartAnew, "then power-off: more than 10 faults in 500 ms"),
        (
            Decision::StartAnewAt(Micros(1000), invalid),
            StartAnew,
            "then start anew in 0 us: its committed state is of no use",
        ),
    ] {
        assert_eq!(then(decision, policy), words);
    }
}

#[test]
fn registers_come_four_to_a_line() {
    let mut record = record(FaultKind::Exception, 13);
    if let Some(rsp) = record.registers.get_mut(7) {
        *rsp = 0x1fff_fff8;
    }
    let line = format!("{}", Registers { record: &record, first: 4 });
    let zero = "0000000000000000";
    assert_eq!(line, format!("rsi {zero} rdi {zero} rbp {zero} rsp 000000001ffffff8"));
}

#[test]
fn every_line_fits_the_log() {
    let mut record = with_event(EventKind::Exit, &[0xff; 128]);
    record.kind = FaultKind::Panic as u32;
    record.text = [b'x'; 160];
    record.registers = [u64::MAX; 16];
    record.stack = [u64::MAX; 16];
    record.event_flags = EVENT_REPEAT;
    record.event_token = u64::MAX;
    let name = "n".repeat(bulkhead_abi::limits::MAX_NAME);
    (record.task, record.cpu, record.generation) = (TaskId(95), CpuId(15), Generation(99_999));
    let lines = [
        format!("{}", Cause { name: &name, record: &record }),
        under(&record),
        format!("{}", Registers { record: &record, first: 4 }),
        format!("{}", StackWords { record: &record, first: 4 }),
    ];
    for line in lines {
        assert!(line.len() <= MAX_LOG_LINE, "{line}");
    }
}

proptest! {
    #[test]
    fn any_message_of_any_interface_has_words(
        interface in 0u32..9,
        message in prop::collection::vec(any::<u8>(), 0..=128),
        kind in 0u32..5,
    ) {
        let mut record = with_event(EventKind::Request, &message);
        (record.event_interface, record.event_kind) = (interface, kind);
        prop_assert!(!under(&record).is_empty());
    }
}
