//! The instruction emulator of one VM. It keeps nothing from one exit to the next, so a new life goes on where the
//! last one ended.
#![no_std]
#![no_main]

use bulkhead_abi::exit::{ExitKind, ExitReply, VcpuExit};
use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::{Event, EventKind};
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::bus::{Space, Width};
use bulkhead_protocol::config::InsnEmulator;
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::{Caller, Malformed, device};
use bulkhead_runtime::guest_memory::GuestMemory;
use bulkhead_runtime::{Clock, Kernel, Mailbox, server, time};
use insn_emulator::{Devices, LocalApic, Machine, Sequence, StopReason, Unreachable, emulate};
use static_alloc::Bump;
use zerocopy::IntoBytes;

bulkhead_runtime::task!(main, serves: [device], calls: [bus]);

/// The decoder builds its tables once, about 100 KB, and allocates nothing after that.
#[global_allocator]
static HEAP: Bump<[u8; 160 << 10]> = Bump::uninit();

const MILLISECOND: u64 = 1_000_000;

fn main() -> ! {
    let config: InsnEmulator = bulkhead_runtime::config::config();
    insn_emulator::prepare();
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(0);
    loop {
        let mut reply = [0; MAX_MESSAGE];
        let handled = handle(&config, event, &mut reply);
        let (length, status) = handled.map_or((0, Status::Malformed), |length| (length, Status::Ok));
        event = mailbox.reply_recv(reply.get(..length).unwrap_or(&[]), status, 0);
    }
}

fn handle(config: &InsnEmulator, event: &Event, reply: &mut [u8]) -> Result<usize, Malformed> {
    match EventKind::from_value(event.kind) {
        EventKind::Exit => {
            let repeat = server::caller(event).repeat;
            let answer = answer(config, &server::exit(event).ok_or(Malformed)?, repeat);
            let bytes = answer.as_bytes();
            reply.get_mut(..bytes.len()).ok_or(Malformed)?.copy_from_slice(bytes);
            Ok(bytes.len())
        }
        EventKind::Request if event.interface == device::ID => {
            device::dispatch(&mut Stateless, server::caller(event), server::message(event), reply)
        }
        EventKind::Request => Err(Malformed),
        EventKind::Signal | EventKind::Timeout => Ok(0),
    }
}

fn answer(config: &InsnEmulator, exit: &VcpuExit, repeat: bool) -> ExitReply {
    if !matches!(ExitKind::from_value(exit.kind), Some(ExitKind::Mmio | ExitKind::PortString)) {
        return ExitReply::stop(StopReason::UnknownExit.detail(&[]));
    }
    let Ok(mut state) = Kernel.vcpu_read(config.vm_slot, exit.local) else {
        return ExitReply::stop(StopReason::RegistersRefused.detail(&[]));
    };
    let apic = Apic { vm: config.vm_slot, vcpu: exit.local };
    let devices = Devices::new(config, Kernel, apic, Sequence::of(exit)).repeated(repeat);
    let mut machine = Guest { memory: GuestMemory::new(config.vm, config.memory, config.rom), devices };
    let verdict = emulate(&mut state, &mut machine);
    if !verdict.groups.is_empty()
        && Kernel.vcpu_write(config.vm_slot, exit.local, &state, verdict.groups).is_err()
    {
        return ExitReply::stop(StopReason::RegistersRefused.detail(&[]));
    }
    verdict.reply
}

/// What the VM manager may ask of every device server. This one has no state.
struct Stateless;

impl device::Server for Stateless {
    fn reset(&mut self, _: Caller, _: ResetKind) {}

    fn quiesce(&mut self, _: Caller) {}

    fn state_hash(&mut self, _: Caller) -> u64 {
        0
    }

    fn set_clock(&mut self, _: Caller, _: u64) {}

    fn press_power_button(&mut self, _: Caller) {}

    fn power_request(&mut self, _: Caller) -> Option<device::PowerRequest> {
        None
    }
}

/// The VM around a vCPU.
struct Guest<'a> {
    memory: GuestMemory,
    devices: Devices<'a, Kernel, Apic>,
}

impl Machine for Guest<'_> {
    fn read_memory(&mut self, address: u64, bytes: &mut [u8]) -> bool {
        self.memory.read(address, bytes)
    }

    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> bool {
        self.memory.write(address, bytes)
    }

    fn read_device(&mut self, space: Space, address: u64, width: Width) -> Result<u64, Unreachable> {
        self.devices.read(space, address, width)
    }

    fn write_device(
        &mut self,
        space: Space,
        address: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Unreachable> {
        self.devices.write(space, address, width, value)
    }
}

/// The local APIC of a vCPU, which the core models.
struct Apic {
    vm: Slot,
    vcpu: u16,
}

impl LocalApic for Apic {
    fn read_apic(&mut self, offset: u16) -> Option<u32> {
        Kernel.vcpu_apic(self.vm, self.vcpu, offset, None).ok()
    }

    fn write_apic(&mut self, offset: u16, value: u32) {
        // Refused where the guest has left xAPIC mode: then nothing is there to take the write.
        let _ = Kernel.vcpu_apic(self.vm, self.vcpu, offset, Some(value));
    }

    fn pause(&mut self) {
        let clock = Clock::system();
        let until = clock.nanos(time::now()).saturating_add(MILLISECOND);
        let _ = Kernel.wait(0, clock.stamp(until));
    }
}
