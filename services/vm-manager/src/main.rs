//! The VM manager's task: the registry between its mailbox and the core.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use bulkhead_abi::id::{Generation, Slot, TaskId, VmId};
use bulkhead_abi::limits::{MAX_MESSAGE, MAX_PATCH};
use bulkhead_abi::message::EventKind;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{CpuidEntry, Route, VmStatus};
use bulkhead_protocol::config::{MachineEnd, VmManager};
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::loader::{LoadError, VmHash};
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::supervisor::{self, Failure};
use bulkhead_protocol::{CallError, decode, device, encode, loader, registry};
use bulkhead_runtime::{Clock, Consequences, Kernel, Mailbox, config, port, server, time};
use core::arch::x86_64::__cpuid_count;
use core::fmt::Arguments;
use vm_manager::manager::Manager;
use vm_manager::mark::Mark;
use vm_manager::platform::Platform;
use vm_manager::registry::Registry;
use vm_manager::retry::with_retry;
use vm_manager::time_of_day::{Cmos, time_of_day};

bulkhead_runtime::task!(run, serves: [registry], calls: [device, loader, supervisor]);

fn run() -> ! {
    let plans: VmManager = config::config();
    let platform = Core { supervisor: plans.supervisor, end: plans.end, over: None };
    let mut manager = Manager { registry: Registry::new(&plans, host_cpuid, time::frequency()), platform };
    let kept = config::committed().and_then(|bytes| decode(bytes).ok());
    if config::generation() > 0 {
        manager.registry.recover(&mut manager.platform, kept.as_ref());
    }
    if kept.is_none() {
        manager.registry.boot(&mut manager.platform);
    }
    serve(&mut manager)
}

/// A commit comes with the end of an event. What was done before the first one, at boot or in recovery, must not be done again,
/// so that one is a time-out, at once.
fn serve(manager: &mut Manager<'_, Core>) -> ! {
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(AT_ONCE);
    loop {
        let mut reply = [0; MAX_MESSAGE];
        let (length, status) = match EventKind::from_value(event.kind) {
            EventKind::Request if event.interface == registry::ID => {
                let request = server::message(event);
                match registry::dispatch(manager, server::caller(event), request, &mut reply) {
                    Ok(length) => (length, Status::Ok),
                    Err(_) => (0, Status::Malformed),
                }
            }
            EventKind::Signal => {
                manager.notified(event.bits);
                (0, Status::Ok)
            }
            // The manager serves nothing else and takes no exits.
            EventKind::Request | EventKind::Exit => (0, Status::Malformed),
            EventKind::Timeout => {
                manager.time_passed();
                (0, Status::Ok)
            }
        };
        let mut state = [0; MAX_PATCH];
        let used = encode(&manager.registry.kept(), &mut state).unwrap_or(0);
        let bytes = state.get(..used).unwrap_or(&[]);
        let patch = u32::try_from(used).ok().filter(|used| *used > 0).map(|used| (0, bytes, used));
        let consequences = Consequences { patch, ..Consequences::default() };
        let reply = reply.get(..length).unwrap_or(&[]);
        event = mailbox.commit_reply_recv(reply, status, &consequences, deadline(manager));
        manager.registry.committed(&mut manager.platform);
        manager.platform.end_machine();
    }
}

/// When time that was given to a guest is over, as a time stamp; 0 if none was. At once, if something waits for the commit.
fn deadline(manager: &Manager<'_, Core>) -> u64 {
    if manager.platform.over.is_some() || manager.registry.is_unsettled() {
        return AT_ONCE;
    }
    manager.registry.deadline().map_or(0, |at| Clock::system().stamp(at))
}

fn host_cpuid(leaf: u32, subleaf: u32) -> [u32; 4] {
    let result = __cpuid_count(leaf, subleaf);
    [result.eax, result.ebx, result.ecx, result.edx]
}

/// A time stamp that has passed.
const AT_ONCE: u64 = 1;
/// How long the console has to end the machine. Longer than it takes at the most.
const END_PATIENCE_US: u32 = 6_000_000;

/// The core, and the servers behind the manager's slots.
struct Core {
    supervisor: Slot,
    end: MachineEnd,
    /// The machine is to go off, by this slot and with this code: in the next event, when the reasons are committed. It takes a
    /// while, and a manager that dies in it must not take the ends of its VMs for interrupted.
    over: Option<(Slot, u8)>,
}

impl Core {
    fn call<T>(&mut self, call: impl FnMut(&mut Self) -> Result<T, CallError>) -> Result<T, CallError> {
        with_retry(self, call, |_, pause_us| pause(pause_us))
    }

    fn supervisor(&self) -> supervisor::Client<Kernel> {
        supervisor::Client::new(Kernel, self.supervisor)
    }

    /// Ends the machine if an earlier event has decided that.
    fn end_machine(&mut self) {
        let Some((platform, code)) = self.over.take() else { return };
        // The console still has words of the guests and of the log to send, and ends the machine after the last.
        let console = if code == 0 { self.end.well } else { self.end.badly };
        if let Some(console) = console
            && Kernel.notify(console).is_ok()
        {
            pause(END_PATIENCE_US);
            log::warn!("the console does not end the machine");
        }
        let status = Kernel.power_off(platform, code);
        log::error!("the machine stays on: {status:?}");
    }
}

fn pause(pause_us: u32) {
    let clock = Clock::system();
    let until = clock.nanos(time::now()).saturating_add(u64::from(pause_us).saturating_mul(1000));
    // No bit is waited for: this ends with the deadline.
    let _ = Kernel.wait(0, clock.stamp(until));
}

/// The machine's CMOS, behind an index and a data port. Bit 7 of the index, which would mask NMIs, is clear.
struct HostCmos;

impl Cmos for HostCmos {
    fn read(&mut self, index: u8) -> u8 {
        port::write_u8(0x70, index);
        port::read_u8(0x71)
    }
}

impl Platform for Core {
    fn vm_reset(&mut self, vm: Slot, kind: ResetKind, mark: Mark) -> Result<(), Status> {
        Kernel.vm_reset(vm, kind == ResetKind::Warm, mark.bits())
    }

    fn vm_route(&mut self, vm: Slot, route: &Route) -> Result<(), Status> {
        Kernel.vm_route(vm, route)
    }

    fn vm_cpuid(&mut self, vm: Slot, entries: &[CpuidEntry]) -> Result<(), Status> {
        Kernel.vm_cpuid(vm, entries)
    }

    fn vm_run(&mut self, vm: Slot) -> Result<(), Status> {
        Kernel.vm_run(vm)
    }

    fn vm_stop(&mut self, vm: Slot) -> Result<(), Status> {
        Kernel.vm_stop(vm)
    }

    fn vm_status(&mut self, vm: Slot) -> Result<VmStatus, Status> {
        Kernel.vm_status(vm)
    }

    fn server_reset(&mut self, server: Slot, kind: ResetKind) -> Result<(), CallError> {
        self.call(|_| device::Client::new(Kernel, server).reset(kind))
    }

    fn server_quiesce(&mut self, server: Slot) -> Result<(), CallError> {
        self.call(|_| device::Client::new(Kernel, server).quiesce())
    }

    fn server_hash(&mut self, server: Slot) -> Result<u64, CallError> {
        self.call(|_| device::Client::new(Kernel, server).state_hash())
    }

    fn time_of_day(&mut self) -> Option<u64> {
        time_of_day(&mut HostCmos)
    }

    fn set_clock(&mut self, server: Slot, seconds: u64) -> Result<(), CallError> {
        self.call(|_| device::Client::new(Kernel, server).set_clock(seconds))
    }

    fn press_power_button(&mut self, server: Slot) -> Result<(), CallError> {
        self.call(|_| device::Client::new(Kernel, server).press_power_button())
    }

    fn power_request(&mut self, server: Slot) -> Result<Option<PowerRequest>, CallError> {
        self.call(|_| device::Client::new(Kernel, server).power_request())
    }

    fn load(
        &mut self,
        loader: Slot,
        vm: VmId,
        definition: u8,
        kind: ResetKind,
    ) -> Result<Result<u64, LoadError>, CallError> {
        self.call(|_| loader::Client::new(Kernel, loader).load(vm, definition, kind))
    }

    fn vm_hash(&mut self, loader: Slot, vm: VmId) -> Result<Option<VmHash>, CallError> {
        self.call(|_| loader::Client::new(Kernel, loader).hash(vm))
    }

    fn next_failure(&mut self, from: TaskId) -> Result<Option<Failure>, CallError> {
        self.call(|core| core.supervisor().next_failure(from))
    }

    fn settle(&mut self, task: TaskId, life: Generation) -> Result<(), CallError> {
        self.call(|core| core.supervisor().settle(task, life))
    }

    fn revive(&mut self, task: TaskId) -> Result<bool, CallError> {
        self.call(|core| core.supervisor().revive(task))
    }

    fn server_restarts(&mut self, task: TaskId) -> u32 {
        self.call(|core| core.supervisor().restarts(task)).unwrap_or(0)
    }

    fn now(&mut self) -> u64 {
        Clock::system().nanos(time::now())
    }

    fn power_off_machine(&mut self, platform: Slot, code: u8) {
        self.over = Some((platform, code));
    }

    fn log(&mut self, line: Arguments<'_>) {
        log::info!("{line}");
    }
}
