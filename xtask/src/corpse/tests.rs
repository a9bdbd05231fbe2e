//! From the supervisor's own lines to what a person reads.

use super::symbols::Symbols;
use super::{program_of, reading, show};
use bulkhead_abi::exit::{ExitKind, VcpuExit};
use bulkhead_abi::fault::{FaultKind, FaultRecord};
use bulkhead_abi::id::{CpuId, Generation, TaskId, VcpuId};
use bulkhead_abi::message::EventKind;
use supervisor::policy::{Decision, Micros};
use supervisor::report::{Cause, Registers, StackWords, Then, Under};
use zerocopy::{FromZeros, IntoBytes};

/// A serial port's server that has touched an address without memory, as the supervisor tells it on a console where a
/// guest and the core have their say in between.
fn log() -> String {
    let mut record = FaultRecord::new_zeroed();
    (record.kind, record.code, record.error) = (FaultKind::Exception as u32, 14, 6);
    (record.task, record.cpu, record.generation) = (TaskId(4), CpuId(0), Generation(2));
    (record.address, record.rip) = (0x10, 0x40_1024);
    record.stack[1] = 0x40_2008;
    let exit = VcpuExit {
        kind: ExitKind::PortWrite as u8,
        size: 1,
        vcpu: VcpuId(0),
        local: 0,
        write: 1,
        address: 0x3f8,
        value: 0x41,
        sequence: 3,
    };
    (record.event_kind, record.event_token, record.event_length) = (EventKind::Exit as u32, 17, 32);
    record.event_message[..32].copy_from_slice(exit.as_bytes());
    let record = &record;
    let decision = Decision::RestartAt(Micros(300), 2);
    let mut lines = vec![Cause { name: "linux.vuart", record }.to_string(), format!("  {}", Under(record))];
    lines.extend([0, 4, 8, 12].map(|first| format!("  {}", Registers { record, first })));
    lines.extend([0, 4, 8, 12].map(|first| format!("  {}", StackWords { record, first })));
    lines.push(format!("  {}", Then { decision, policy: None, now: Micros(100) }));
    lines.push("restarted linux.vuart (life 3)".into());
    let between = "\r\n~ # guest output\r\nbulkhead: task linux.vuart stopped\r\nsupervisor: ";
    format!("bulkhead: version\r\nsupervisor: {}\r\n", lines.join(between))
}

#[test]
fn the_supervisor_s_lines_are_read_back_whatever_comes_between() {
    let corpses = reading::corpses(&log());
    let [corpse] = corpses.as_slice() else { panic!("{corpses:?}") };
    assert_eq!((corpse.task.as_str(), corpse.rip), ("linux.vuart", Some(0x40_1024)));
    assert_eq!(corpse.registers.len(), 4);
    assert_eq!(corpse.stack.len(), 16);
    assert_eq!(corpse.then.as_deref(), Some("restart 2 of 0 in 200 us"));
}

#[test]
fn addresses_get_the_names_of_their_functions() {
    let symbols = Symbols::of(&[(0x40_1000, 0x40, "vuart::write"), (0x40_2000, 0x10, "vdev::serve")]);
    let text: Vec<String> = reading::corpses(&log()).iter().map(|corpse| show(corpse, &symbols)).collect();
    let text = text.concat();
    for part in [
        "linux.vuart (task 4, life 2, CPU 0): page fault at 0x10, error 0x6, rip 0x401024\n",
        "  in     vuart::write+0x24\n",
        "  event  token 17: exit PortWrite of 1 bytes at 0x3f8 by vCPU 0, value 0x41\n",
        "  then   restart 2 of 0 in 200 us\n",
        "  stack  +00 0000000000000000\n",
        "         +08 0000000000402008  vdev::serve+0x8\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_log_without_faults_has_no_corpse() {
    let log = "supervisor: restarted linux.vuart (life 3)\nsupervisor:   then restart 1 of 2 in 3 us\n";
    assert_eq!(reading::corpses(log), []);
}

#[test]
fn an_address_outside_all_functions_has_no_name() {
    let symbols = Symbols::of(&[(0x1000, 0x10, "a"), (0x2000, 0, "assembly"), (0x2010, 0x10, "b")]);
    assert_eq!(symbols.resolve(0x0fff), None);
    assert_eq!(symbols.resolve(0x1000).as_deref(), Some("a+0x0"));
    assert_eq!(symbols.resolve(0x1010), None);
    assert_eq!(symbols.resolve(0x200f).as_deref(), Some("assembly+0xf"));
    assert_eq!(symbols.resolve(0x2010).as_deref(), Some("b+0x0"));
}

#[test]
fn functions_of_a_real_program_are_found() {
    let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let symbols = Symbols::of_elf(&this).unwrap();
    let start = symbols.start_of("functions_of_a_real_program_are_found").unwrap();
    assert!(symbols.resolve(start + 1).unwrap().ends_with("+0x1"));
    assert!(Symbols::of_elf(b"no ELF").is_none());
}

#[test]
fn servers_and_services_are_known_by_their_names() {
    assert_eq!(program_of("linux.vuart"), "vuart");
    assert_eq!(program_of("linux.emulator"), "insn-emulator");
    assert_eq!(program_of("vm-manager"), "vm-manager");
}
