//! The lines of a report, word by word.

use super::*;
use bulkhead_abi::id::{CpuId, Generation, TaskId, VcpuId};
use bulkhead_abi::limits::MAX_LOG_LINE;
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
        (record(FaultKind::Stopped, 0), "stopped by another task"),
        (record(FaultKind::Injected, 2), "stopped on purpose (fault 2)"),
    ];
    for (record, words) in cases {
        let expected = format!("linux.vuart (task 5, life 2, CPU 1): {words}, rip 0x401234");
        assert_eq!(cause(&record), expected);
    }
}

#[test]
fn the_event_under_way_is_named() {
    let mut record = record(FaultKind::Panic, 0);
    record.event_token = 17;
    assert_eq!(format!("{}", Under(&record)), "no event was under way");
    record.event_kind = EventKind::Request as u32;
    record.event_interface = u32::from(bulkhead_protocol::bus::ID);
    assert_eq!(format!("{}", Under(&record)), "while handling a request of bus, token 17");
    record.event_interface = 999;
    assert_eq!(format!("{}", Under(&record)), "while handling a request of interface 999, token 17");
    record.event_kind = EventKind::Signal as u32;
    assert_eq!(format!("{}", Under(&record)), "while handling a signal, token 17");
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
    let mut record = record(FaultKind::Exception, 13);
    record.event_kind = EventKind::Exit as u32;
    for (to, from) in record.event_message.iter_mut().zip(exit.as_bytes()) {
        *to = *from;
    }
    let expected = "while handling exit PortWrite at 0x3f8 of vCPU 0, value 0x41, token 0";
    assert_eq!(format!("{}", Under(&record)), expected);
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
fn the_longest_line_fits_the_log() {
    let mut record = record(FaultKind::Panic, 0);
    record.text = [b'x'; 160];
    let name = "n".repeat(bulkhead_abi::limits::MAX_NAME);
    (record.task, record.cpu, record.generation) = (TaskId(95), CpuId(15), Generation(99_999));
    assert!(format!("{}", Cause { name: &name, record: &record }).len() <= MAX_LOG_LINE);
}
