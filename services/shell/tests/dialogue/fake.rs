//! A system of two VMs around the shell: a VM manager, a console and a device that answer as real ones do.

use bulkhead_abi::fault::{FaultKind, TaskPhase, TaskStatus};
use bulkhead_abi::id::{CpuId, Generation, Slot, TaskId, VmId};
use bulkhead_abi::image::padded_name;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::{Activity, VcpuState, VcpuStatus};
use bulkhead_protocol::config::{self, HandledIrq, NAME, ServerKind, ShellVm};
use bulkhead_protocol::registry::{
    Account, AfterReset, CpuidLine, Definition, E820Line, Fingerprint, LoaderLine, MemoryLine, MmioLine,
    MsrLine, MsrRead, MsrWrite, PortLine, Refusal, ResetKind, ServerLine, Severity, ShutdownMode,
    StateReason, States, VcpuLine, VmKind, VmLine, VmNumber, VmRequest, VmState, VmSummary,
};
use bulkhead_protocol::terminal::LogLevel;
use bulkhead_protocol::{Bytes, CallError, Caller, Page, Text, Transport, inspect, registry, terminal};
use shell::{PROMPT, Shell, System, Terminal};

const REGISTRY: Slot = Slot(1);
const TERMINAL: Slot = Slot(2);
const DEVICE: Slot = Slot(3);

/// The manager's two VMs, and one that could be made.
pub(crate) struct Manager {
    pub(crate) states: [VmState; 2],
    pub(crate) resets: [u32; 2],
    pub(crate) asked: [bool; 2],
    pub(crate) deadline_ms: u32,
    /// Those that VMs can be made of.
    pub(crate) definitions: Vec<Definition>,
    /// The second VM is not made, or was destroyed.
    pub(crate) is_gone: bool,
}

/// The system.
pub(crate) struct Fake {
    pub(crate) manager: Manager,
    pub(crate) attached: Vec<String>,
    pub(crate) level: LogLevel,
    /// Calls through this slot end so.
    pub(crate) broken: Option<(Slot, CallError)>,
    /// Whether a vCPU was looked at while its VM ran.
    pub(crate) peeked: bool,
    pub(crate) off: bool,
}

/// A shell, its system and its terminal.
pub(crate) struct Desk {
    pub(crate) config: config::Shell,
    pub(crate) fake: Fake,
    shell: Shell,
    screen: String,
    later: Vec<u8>,
}

/// Takes what is written, and has keys that are struck while it is.
struct Paper<'k> {
    text: String,
    later: &'k mut Vec<u8>,
}

impl std::fmt::Write for Paper<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl Terminal for Paper<'_> {
    fn key(&mut self) -> Option<u8> {
        (!self.later.is_empty()).then(|| self.later.remove(0))
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        let vm = |number: u16, name| ShellVm {
            vm: VmId(number),
            name: Text::from_prefix(name),
            pool: None,
            slot: Slot(10 + number),
            vcpus: [CpuId(number), CpuId(0)].into_iter().take(2 - usize::from(number)).collect(),
            memory: 2 << 20,
            readable: number == 0,
            devices: [(Text::from_prefix("vuart"), Slot(9)), (Text::from_prefix("vpic"), DEVICE)]
                .into_iter()
                .collect(),
        };
        let config = config::Shell {
            system: Text::from_prefix("desk"),
            digest: [0xab; 32],
            tasks: 3,
            vms: [vm(0, "red"), vm(1, "blue")].into_iter().collect(),
            irqs: [HandledIrq { isa: 4, task: TaskId(1) }].into_iter().collect(),
            stream: Slot(0),
            terminal: TERMINAL,
            registry: REGISTRY,
            inspect: Slot(4),
            end: config::MachineEnd::default(),
        };
        let manager = Manager {
            states: [VmState::Started, VmState::PoweredOff],
            resets: [0; 2],
            asked: [false; 2],
            deadline_ms: u32::MAX,
            definitions: Vec::new(),
            is_gone: false,
        };
        let fake = Fake {
            manager,
            attached: vec![],
            level: LogLevel::Info,
            broken: None,
            peeked: false,
            off: false,
        };
        Self { config, fake, shell: Shell::new(), screen: String::new(), later: Vec::new() }
    }

    /// The same with `blue` in a pool, which `green` could have instead.
    pub(crate) fn with_a_pool() -> Self {
        let mut desk = Self::new();
        desk.config.vms[1].pool = Some(Text::from_prefix("lab"));
        let green = ShellVm { name: Text::from_prefix("green"), ..desk.config.vms[1].clone() };
        desk.config.vms.push(green).unwrap();
        let definition = |definition, name| Definition {
            definition,
            name: Text::from_prefix(name),
            place: VmId(1),
            memory_mib: 2,
            vcpus: 1,
            in_use: Some(VmNumber(1)),
        };
        desk.fake.manager.definitions = vec![definition(1, "blue"), definition(2, "green")];
        desk
    }

    /// The pool's VM is destroyed.
    pub(crate) fn destroy(&mut self) {
        self.fake.manager.is_gone = true;
        self.fake.manager.definitions.iter_mut().for_each(|definition| definition.in_use = None);
    }

    /// Keys that are struck while an answer is written.
    pub(crate) fn keys_later(&mut self, keys: &[u8]) {
        self.later.extend(keys);
    }

    /// Types, and what the terminal is sent.
    pub(crate) fn send(&mut self, keys: &str) -> String {
        let mut out = Paper { text: String::new(), later: &mut self.later };
        for byte in keys.bytes() {
            self.shell.take(byte, &self.config, &mut self.fake, &mut out).unwrap();
        }
        let out = out.text;
        self.screen.push_str(&out);
        out
    }

    /// Enters a line; the answer without the echo and the next prompt.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        let out = self.send(&format!("{line}\r"));
        let answer = out.strip_prefix(&format!("{line}\n")).unwrap_or_else(|| panic!("no echo: {out:?}"));
        answer.strip_suffix(PROMPT).unwrap_or_else(|| panic!("no prompt: {out:?}")).to_owned()
    }

    /// The last row of the screen as a terminal shows it, and the column of the cursor in it.
    pub(crate) fn row(&self) -> (String, usize) {
        let last = self.screen.rsplit('\n').next().unwrap();
        let (mut row, mut column) = (Vec::new(), 0);
        for byte in last.bytes() {
            match byte {
                b'\r' => column = 0,
                0x08 => column -= 1,
                byte => {
                    if column < row.len() {
                        row[column] = byte;
                    } else {
                        row.push(byte);
                    }
                    column += 1;
                }
            }
        }
        (String::from_utf8(row).unwrap().trim_end().to_owned(), column)
    }
}

impl Transport for Fake {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        if let Some((broken, error)) = self.broken
            && broken == slot
        {
            return Err(error);
        }
        let caller = Caller { badge: 1, token: 1, repeat: false };
        let done = match slot {
            REGISTRY => registry::dispatch(&mut self.manager, caller, request, reply),
            TERMINAL => terminal::dispatch(self, caller, request, reply),
            DEVICE => inspect::dispatch(self, caller, request, reply),
            _ => return Err(CallError::PeerDead),
        };
        done.map_err(|_| CallError::Refused)
    }
}

impl System for Fake {
    fn vcpu_status(&mut self, vm: Slot, _: u16) -> Result<VcpuStatus, Status> {
        let runs = self.manager.states[usize::from(vm.0 - 10)] == VmState::Started;
        Ok(VcpuStatus {
            activity: Activity::Halted as u32,
            running: u32::from(runs),
            exits: 4711,
            ran: 250_000_000,
        })
    }

    fn registers(&mut self, vm: Slot, _: u16) -> Result<VcpuState, Status> {
        self.peeked |= self.manager.states[usize::from(vm.0 - 10)] == VmState::Started;
        Ok(VcpuState { rflags: 0x246, ..VcpuState::power_on() })
    }

    fn read_memory(&mut self, vm: &ShellVm, address: u64, into: &mut [u8]) -> bool {
        into.iter_mut().zip(b'0'..).for_each(|(to, from)| *to = from);
        address + into.len() as u64 <= vm.memory
    }

    fn task_status(&mut self, task: TaskId, page: u32) -> Result<TaskStatus, Status> {
        let faulted = task.0 == 2;
        let phase = if faulted { TaskPhase::Faulted } else { TaskPhase::Waiting };
        Ok(TaskStatus {
            phase: phase as u32,
            fault: if faulted { FaultKind::Panic as u32 } else { 0 },
            generation: Generation(u32::from(task.0)),
            task,
            cpu: CpuId(0),
            started: 0,
            ran: 1_500_000_000,
            interrupts: 77,
            priority: 40,
            stack_pages: 16,
            // Ten whole pages, and half of one.
            stack_untouched: [4096, 2048, 0][usize::from(page >= 10) + usize::from(page >= 11)],
            slots: 3,
            name: padded_name(["supervisor", "console", "red.vuart"][task.index()]),
        })
    }

    fn power_off(&mut self) -> bool {
        self.off = true;
        true
    }

    fn uptime(&self) -> u64 {
        12_345_678_901
    }

    fn nanoseconds(&self, ticks: u64) -> u64 {
        ticks
    }
}

impl terminal::Server for Fake {
    fn attach(&mut self, _: Caller, name: Text<NAME>) -> bool {
        self.attached.push(name.as_str().to_owned());
        name.as_str() == "red"
    }

    fn log_level(&mut self, _: Caller, level: Option<LogLevel>) -> LogLevel {
        self.level = level.unwrap_or(self.level);
        self.level
    }
}

impl inspect::Server for Fake {
    fn line(&mut self, _: Caller, number: u16) -> Option<Text<{ inspect::LINE }>> {
        (number < 2).then(|| Text::from_prefix(&format!("line {number}")))
    }
}

impl Manager {
    fn place(vm: VmNumber) -> Result<usize, Refusal> {
        usize::try_from(vm.0).ok().filter(|place| *place < 2).ok_or(Refusal::UnknownVm)
    }

    fn go(
        &mut self,
        vm: VmNumber,
        request: VmRequest,
        from: &[VmState],
        to: VmState,
    ) -> Result<VmState, Refusal> {
        let state = &mut self.states[Self::place(vm)?];
        if !from.contains(state) {
            let from = from.iter().fold(States::default(), |states, state| states.with(*state));
            return Err(Refusal::WrongState { state: *state, request, from });
        }
        *state = to;
        Ok(to)
    }
}

impl registry::Server for Manager {
    fn make(&mut self, _: Caller, definition: u8) -> Result<VmNumber, Refusal> {
        let in_use = self.definitions.iter().find(|known| known.definition == definition);
        match in_use.and_then(|known| known.in_use) {
            Some(by) => Err(Refusal::InUse { by }),
            None => Ok(VmNumber(definition.into())),
        }
    }

    fn create(&mut self, _: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.go(vm, VmRequest::Create, &[VmState::PoweredOff], VmState::Created)
    }

    fn start(&mut self, _: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.go(vm, VmRequest::Start, &[VmState::Created], VmState::Started)
    }

    fn pause(&mut self, _: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.go(vm, VmRequest::Pause, &[VmState::Started], VmState::Paused)
    }

    fn resume(&mut self, _: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.go(vm, VmRequest::Resume, &[VmState::Paused], VmState::Started)
    }

    fn reset(&mut self, _: Caller, vm: VmNumber, _: ResetKind, _: AfterReset) -> Result<VmState, Refusal> {
        let from = [VmState::Started, VmState::Paused];
        let state = self.go(vm, VmRequest::Reset, &from, VmState::Started)?;
        self.resets[Self::place(vm)?] += 1;
        Ok(state)
    }

    fn shutdown(&mut self, _: Caller, vm: VmNumber, mode: ShutdownMode) -> Result<VmState, Refusal> {
        let ShutdownMode::Asked { deadline_ms } = mode else {
            return self.go(vm, VmRequest::Shutdown, &[VmState::Started], VmState::PoweredOff);
        };
        self.deadline_ms = deadline_ms;
        self.asked[Self::place(vm)?] = true;
        Ok(VmState::Started)
    }

    fn destroy(&mut self, _: Caller, vm: VmNumber) -> Result<(), Refusal> {
        let _ = vm;
        Err(Refusal::WrongKind { kind: VmKind::PreLaunched, request: VmRequest::Destroy })
    }

    fn list(&mut self, _: Caller, from: u16) -> Page<VmLine, 3> {
        let lines = ["red", "blue"].into_iter().zip(0..).map(|(name, vm)| VmLine {
            vm: VmNumber(vm),
            name: Text::from_prefix(name),
            kind: VmKind::PreLaunched,
            state: self.states[vm as usize],
        });
        Page::of(lines.take(2 - usize::from(self.is_gone)), from)
    }

    fn definitions(&mut self, _: Caller, from: u16) -> Page<Definition, 3> {
        Page::of(self.definitions.iter().cloned(), from)
    }

    fn query(&mut self, _: Caller, vm: VmNumber) -> Result<VmSummary, Refusal> {
        let place = Self::place(vm)?;
        Ok(VmSummary {
            vm,
            name: Text::from_prefix(["red", "blue"][place]),
            place: VmId(u16::try_from(place).unwrap()),
            kind: VmKind::PreLaunched,
            severity: Severity::Standard,
            state: self.states[place],
            reason: [StateReason::Requested, StateReason::GuestPowerOff][place],
            is_asked: self.asked[place],
            vcpus: 2 - u8::try_from(place).unwrap(),
            servers: 2,
            memory_mib: 2,
            starts: 1,
            resets: self.resets[place],
            server_restarts: 0,
            generation: 1,
            exits: 0,
        })
    }

    fn vcpus(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<VcpuLine, 12>, Refusal> {
        Ok(Page::of([], from))
    }

    fn memory(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<MemoryLine, 5>, Refusal> {
        Ok(Page::of([], from))
    }

    fn e820(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<E820Line, 4>, Refusal> {
        let ranges = [(0, 0x9_fc00, 1), (0xe_0000, 0x2_0000, 2), (0x10_0000, 0x10_0000, 1)];
        let line = |(base, length, kind)| E820Line { base, length, kind };
        Ok(Page::of(ranges.into_iter().map(line), from))
    }

    fn servers(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<ServerLine, 8>, Refusal> {
        let servers = [(ServerKind::Vuart, 8, true, 0), (ServerKind::Vpic, 9, false, 2)];
        let line = |(kind, task, is_lost, restarts)| ServerLine {
            kind,
            task: TaskId(task),
            slot: Slot(task),
            is_lost,
            restarts,
        };
        Ok(Page::of(servers.into_iter().map(line), from))
    }

    fn ports(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<PortLine, 16>, Refusal> {
        let line = |(first, last, server)| PortLine { first, last, server };
        Ok(Page::of([(0x20, 0x21, 1), (0x3f8, 0x3ff, 0)].into_iter().map(line), from))
    }

    fn windows(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<MmioLine, 5>, Refusal> {
        // Of a server that is not in the list.
        Ok(Page::of([MmioLine { base: 0xfec0_0000, length: 0x1000, server: 7 }], from))
    }

    fn cpuid(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<CpuidLine, 3>, Refusal> {
        // More than fit a page.
        let line = |leaf| CpuidLine {
            leaf,
            subleaf: (leaf == 4).then_some(1),
            values: [leaf, 0x756e_6547, 0x6c65_746e, 0x4965_6e69],
        };
        Ok(Page::of((0..5).map(line), from))
    }

    fn msrs(&mut self, _: Caller, _: VmNumber, from: u16) -> Result<Page<MsrLine, 5>, Refusal> {
        let policies = [
            (0x10, 0x10, MsrRead::Vcpu, MsrWrite::Vcpu),
            (0x8b, 0x8b, MsrRead::Fixed(1 << 32), MsrWrite::Ignored),
            (0xfe, 0xff, MsrRead::Fault, MsrWrite::Fault),
        ];
        let line = |(first, last, read, write)| MsrLine { first, last, read, write };
        Ok(Page::of(policies.into_iter().map(line), from))
    }

    fn loader(&mut self, _: Caller, _: VmNumber) -> Result<LoaderLine, Refusal> {
        Err(Refusal::UnknownVm)
    }

    fn arguments(&mut self, _: Caller, _: VmNumber, _: u16) -> Result<Bytes<100>, Refusal> {
        Err(Refusal::UnknownVm)
    }

    fn fingerprint(&mut self, _: Caller, _: VmNumber) -> Result<Fingerprint, Refusal> {
        Err(Refusal::UnknownVm)
    }

    fn account(&mut self, _: Caller) -> Account {
        Account::default()
    }
}
