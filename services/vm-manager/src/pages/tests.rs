//! The record through the interface.
#![expect(clippy::expect_used, reason = "a test")]

use super::*;
use crate::fake::{Fake, HZ, no_host, plan, system};
use crate::manager::Manager;
use bulkhead_protocol::Caller;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched};
use bulkhead_protocol::registry::{AfterReset, Refusal, ResetKind, Role, Server, ShutdownMode, VmState};
use std::vec::Vec;

const LINUX: VmNumber = VmNumber(0);

fn caller(role: Role) -> Caller {
    Caller { badge: role.badge(), token: 1, repeat: false }
}

fn manager(config: &VmManager) -> Manager<'_, Fake> {
    let (mut registry, mut platform) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut platform);
    Manager { registry, platform }
}

fn config() -> VmManager {
    system(&[plan(0, "linux", PreLaunched), plan(1, "guest", PostLaunched)])
}

/// All items of a list, page by page.
fn whole<T: Clone, const N: usize>(mut page: impl FnMut(u16) -> Page<T, N>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        let next = page(u16::try_from(all.len()).unwrap_or(u16::MAX));
        if next.items.is_empty() {
            assert_eq!(usize::from(next.total), all.len());
            return all;
        }
        all.extend_from_slice(&next.items);
    }
}

#[test]
fn the_pages_together_are_the_record() {
    let config = config();
    let mut manager = manager(&config);
    let me = caller(Role::Observer);
    let record = manager.registry.record(LINUX).expect("it was booted").clone();
    let ports = whole(|from| manager.ports(me, LINUX, from).expect("it exists"));
    let expected: Vec<_> = record
        .port_handlers
        .iter()
        .map(|handler| (handler.ports.first, handler.ports.last, handler.server.place))
        .collect();
    let found: Vec<_> = ports.iter().map(|line| (line.first, line.last, line.server)).collect();
    assert_eq!(found, expected);
    let cpuid = whole(|from| manager.cpuid(me, LINUX, from).expect("it exists"));
    let leaves: Vec<_> = cpuid.iter().map(|line| (line.leaf, line.values[0])).collect();
    assert!(leaves.iter().copied().eq(record.cpuid.iter().map(|entry| (entry.leaf, entry.eax))));
    let servers = whole(|from| manager.servers(me, LINUX, from).expect("it exists"));
    assert!(servers.iter().map(|line| line.task).eq(record.servers.iter().map(|server| server.task)));
    let msrs = whole(|from| manager.msrs(me, LINUX, from).expect("it exists"));
    assert_eq!(msrs.len(), bulkhead_abi::msr::POLICY.len());
    let windows = whole(|from| manager.windows(me, LINUX, from).expect("it exists"));
    assert_eq!(windows.len(), record.mmio_handlers.len());
    let vcpus = whole(|from| manager.vcpus(me, LINUX, from).expect("it exists"));
    assert!(vcpus.iter().map(|line| (line.vcpu, line.cpu)).eq(record.vcpus.iter().copied()));
    let e820 = whole(|from| manager.e820(me, LINUX, from).expect("it exists"));
    assert_eq!(e820.len(), record.e820.len());
    let ram: u64 = whole(|from| manager.memory(me, LINUX, from).expect("it exists"))
        .iter()
        .map(|line| line.length)
        .sum();
    assert_eq!(ram, record.memory);
    let loader = manager.loader(me, LINUX).expect("it exists");
    assert_eq!((loader.entry, loader.kernel), (Some(0x10_0000), record.loader.kernel));
    let arguments = manager.arguments(me, LINUX, 0).expect("it exists");
    assert_eq!(arguments.as_slice(), record.loader.arguments.as_bytes());
    let summary = manager.query(me, LINUX).expect("it exists");
    assert_eq!((summary.name.as_str(), summary.vcpus, summary.servers), ("linux", 1, 4));
    assert_eq!((summary.starts, summary.generation, summary.memory_mib, summary.exits), (1, 1, 256, 5));
    assert_eq!(summary.server_restarts, servers.iter().map(|line| line.restarts).sum());
}

#[test]
fn definitions_are_listed_with_the_vm_that_has_them() {
    let config = config();
    let mut manager = manager(&config);
    let me = caller(Role::Operator);
    let before = whole(|from| manager.definitions(me, from));
    assert_eq!(before.len(), 1);
    assert_eq!(before.first().map(|line| (line.definition, line.in_use)), Some((1, None)));
    let made = manager.make(me, 1).expect("it is free");
    let after = whole(|from| manager.definitions(me, from));
    assert_eq!(after.first().map(|line| line.in_use), Some(Some(made)));
    assert_eq!(whole(|from| manager.list(me, from)).len(), 2);
    assert_eq!(manager.make(me, 1), Err(Refusal::InUse { by: made }));
    assert_eq!(manager.make(me, 0), Err(Refusal::UnknownDefinition), "pre-launched ones are no definitions");
}

#[test]
fn everything_can_be_asked_of_a_vm_that_is_not_there() {
    let config = config();
    let mut manager = manager(&config);
    let (me, gone) = (caller(Role::Operator), VmNumber(99));
    let refusal = Refusal::UnknownVm;
    assert_eq!(manager.query(me, gone), Err(refusal));
    assert_eq!(manager.ports(me, gone, 0).err(), Some(refusal));
    assert_eq!(manager.start(me, gone), Err(refusal));
    assert_eq!(manager.shutdown(me, gone, ShutdownMode::Forced), Err(refusal));
    assert_eq!(manager.shutdown(me, gone, ShutdownMode::Asked { deadline_ms: 1 }), Err(refusal));
    assert_eq!(manager.destroy(me, gone), Err(refusal));
}

#[test]
fn an_observer_may_ask_everything_and_change_nothing() {
    let config = config();
    let mut manager = manager(&config);
    let me = caller(Role::Observer);
    let before = manager.registry.kept();
    let steps = manager.platform.steps;
    let refused = |found: Result<(), Refusal>| {
        assert!(
            matches!(found, Err(Refusal::NotAllowed { caller: Role::Observer, may }) if may.contains(Role::Operator))
        );
    };
    refused(manager.make(me, 1).map(|_| ()));
    refused(manager.create(me, LINUX).map(|_| ()));
    refused(manager.start(me, LINUX).map(|_| ()));
    refused(manager.pause(me, LINUX).map(|_| ()));
    refused(manager.resume(me, LINUX).map(|_| ()));
    refused(manager.reset(me, LINUX, ResetKind::Cold, AfterReset::Start).map(|_| ()));
    refused(manager.shutdown(me, LINUX, ShutdownMode::Forced).map(|_| ()));
    refused(manager.shutdown(me, LINUX, ShutdownMode::Asked { deadline_ms: 5 }).map(|_| ()));
    refused(manager.destroy(me, LINUX));
    assert_eq!((manager.registry.kept(), manager.platform.steps), (before, steps));
}

#[test]
fn a_reset_can_start_the_vm_at_once() {
    let config = config();
    let mut manager = manager(&config);
    let me = caller(Role::Operator);
    assert_eq!(manager.reset(me, LINUX, ResetKind::Cold, AfterReset::Hold), Ok(VmState::Created));
    assert_eq!(manager.start(me, LINUX), Ok(VmState::Started));
    assert_eq!(manager.reset(me, LINUX, ResetKind::Warm, AfterReset::Start), Ok(VmState::Started));
    assert_eq!(manager.query(me, LINUX).map(|vm| (vm.starts, vm.resets)), Ok((3, 2)));
}

#[test]
fn the_account_after_a_vms_life_is_that_before_it() {
    let config = config();
    let mut manager = manager(&config);
    let me = caller(Role::Operator);
    let before = manager.account(me);
    let vm = manager.make(me, 1).expect("it is free");
    manager.start(me, vm).expect("it is created");
    let during = manager.account(me);
    assert_eq!((during.vms, during.definitions, during.running), (2, 1, 2));
    assert!(during.routes > before.routes);
    manager.shutdown(me, vm, ShutdownMode::Forced).expect("it runs");
    manager.destroy(me, vm).expect("it is off");
    assert_eq!(manager.account(me), before);
}
