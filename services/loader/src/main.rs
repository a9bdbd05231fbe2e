//! The loader: the only task beside the VMs themselves that writes to their whole memory, and only while they stand
//! still.
#![no_std]
#![no_main]

use bulkhead_abi::id::{Slot, VmId};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::EventKind;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::{StateGroups, VcpuState};
use bulkhead_protocol::config::{self, LoadPlan};
use bulkhead_protocol::loader::VmHash;
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::{Caller, loader as interface};
use bulkhead_runtime::guest_memory::GuestMemory;
use bulkhead_runtime::{Clock, Kernel, Mailbox, modules, server, time};
use loader::hash::{self, Vcpus};
use loader::{Images, LoadError};
use zerocopy::IntoBytes;

bulkhead_runtime::task!(main, serves: [loader], calls: []);

/// The number of a VM's first vCPU within the VM.
const FIRST_VCPU: u16 = 0;

fn main() -> ! {
    let mut loader = Loader { config: bulkhead_runtime::config::config() };
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(0);
    loop {
        let mut reply = [0; MAX_MESSAGE];
        let handled = match EventKind::from_value(event.kind) {
            EventKind::Request if event.interface == interface::ID => {
                let (caller, request) = (server::caller(event), server::message(event));
                interface::dispatch(&mut loader, caller, request, &mut reply)
            }
            EventKind::Request | EventKind::Exit => Err(bulkhead_protocol::Malformed),
            EventKind::Signal | EventKind::Timeout => Ok(0),
        };
        let (length, status) = handled.map_or((0, Status::Malformed), |length| (length, Status::Ok));
        event = mailbox.reply_recv(reply.get(..length).unwrap_or(&[]), status, 0);
    }
}

struct Loader {
    config: config::Loader,
}

impl interface::Server for Loader {
    // Loading again is harmless, so a request that was interrupted by the death of an earlier life is just repeated.
    fn load(&mut self, _: Caller, vm: VmId, definition: u8, kind: ResetKind) -> Result<u64, LoadError> {
        let plan = self.config.plans.get(usize::from(definition)).filter(|plan| plan.vm == vm);
        let outcome = load(plan.ok_or(LoadError::UnknownVm)?, kind);
        if let Err(error) = outcome {
            log::error!("vm {vm}: not loaded: {error:?}");
        }
        outcome
    }

    fn hash(&mut self, _: Caller, vm: VmId) -> Option<VmHash> {
        // All plans for one VM have the same memory and vCPUs.
        let plan = self.config.plans.iter().find(|plan| plan.vm == vm)?;
        let mut vcpus = Vcpus::default();
        for vcpu in 0..u16::MAX {
            match registers(plan.vm_slot, vcpu) {
                Ok(state) => vcpus
                    .add(state.as_bytes(), |offset| Kernel.vcpu_apic(plan.vm_slot, vcpu, offset, None).ok()),
                // Behind the last vCPU there is none.
                Err(Status::BadArgument) => break,
                Err(_) => return None,
            }
        }
        let memory = guest_memory(plan);
        let memory = hash::memory(loader::ram(plan), |address, piece| memory.read(address, piece))?;
        Some(VmHash { vcpus: vcpus.digest(), memory })
    }
}

/// How often a vCPU is asked for whose registers its CPU is yet to hand over, and the pause between.
const ATTEMPTS: u32 = 20;
const PAUSE_NANOS: u64 = 500_000;

fn registers(vm: Slot, vcpu: u16) -> Result<VcpuState, Status> {
    let clock = Clock::system();
    for _ in 1..ATTEMPTS {
        match Kernel.vcpu_read(vm, vcpu) {
            Err(Status::WrongState) => {}
            other => return other,
        }
        let until = clock.nanos(time::now()).saturating_add(PAUSE_NANOS);
        let _ = Kernel.wait(0, clock.stamp(until));
    }
    Kernel.vcpu_read(vm, vcpu)
}

fn load(plan: &LoadPlan, kind: ResetKind) -> Result<u64, LoadError> {
    let images = Images {
        kernel: modules::bytes(&plan.kernel),
        ramdisk: plan.ramdisk.as_ref().map_or(&[], modules::bytes),
        acpi: plan.acpi.as_ref().map_or(&[], modules::bytes),
    };
    let begin = time::now();
    let mut memory = Window(guest_memory(plan));
    let state = match kind {
        ResetKind::Cold => loader::load(&mut memory, plan, &images, time::frequency())?,
        ResetKind::Warm => loader::reload(&mut memory, plan, &images, time::frequency())?,
    };
    Kernel
        .vcpu_write(plan.vm_slot, FIRST_VCPU, &state, StateGroups::all())
        .map_err(|_| LoadError::RegistersRefused)?;
    let clock = Clock::system();
    let took = clock.nanos(time::now()).saturating_sub(clock.nanos(begin));
    let entry = state.cs.base.wrapping_add(state.rip);
    log::info!(
        "vm {}: kernel {} KiB, ramdisk {} KiB, entry {entry:#x}, memory {} MiB, {} ms",
        plan.vm,
        images.kernel.len().div_ceil(1024),
        images.ramdisk.len().div_ceil(1024),
        plan.memory >> 20,
        took / 1_000_000,
    );
    Ok(entry)
}

fn guest_memory(plan: &LoadPlan) -> GuestMemory {
    GuestMemory::new(plan.vm, plan.memory, plan.rom)
}

/// The VM's memory, as the runtime shows it to this task.
struct Window(GuestMemory);

impl loader::GuestMemory for Window {
    fn write(&mut self, address: u64, bytes: &[u8]) -> bool {
        self.0.write(address, bytes)
    }

    fn zero(&mut self, address: u64, length: u64) -> bool {
        self.0.zero(address, length)
    }

    fn write_rom(&mut self, address: u64, bytes: &[u8]) -> bool {
        self.0.write_rom(address, bytes)
    }
}
