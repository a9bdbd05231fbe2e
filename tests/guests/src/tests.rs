//! Each guest assembles, and to something that our own loader takes.

use super::*;
use bulkhead_protocol::Text;
use bulkhead_protocol::abi::id::{Slot, VmId};
use bulkhead_protocol::abi::vcpu::VcpuState;
use bulkhead_protocol::config::{BootProtocol, E820, LoadPlan, Module};
use loader::{GuestMemory, Images};

struct Ram(Vec<u8>);

impl GuestMemory for Ram {
    fn write(&mut self, address: u64, bytes: &[u8]) -> bool {
        let first = usize::try_from(address).unwrap();
        self.0[first..first + bytes.len()].copy_from_slice(bytes);
        true
    }

    fn zero(&mut self, address: u64, length: u64) -> bool {
        let first = usize::try_from(address).unwrap();
        self.0[first..first + usize::try_from(length).unwrap()].fill(0);
        true
    }

    fn write_rom(&mut self, _: u64, _: &[u8]) -> bool {
        false
    }
}

/// Loads an image into a VM; its memory and first state.
fn load(protocol: BootProtocol, mebibytes: u64, kernel: &[u8], ramdisk: &[u8]) -> (Ram, VcpuState) {
    let memory = mebibytes << 20;
    let mut ram = Ram(vec![0; usize::try_from(memory).unwrap()]);
    let map = [
        E820 { base: 0, length: 0x9_fc00, kind: 1 },
        E820 { base: 0x10_0000, length: memory - 0x10_0000, kind: 1 },
    ];
    let plan = LoadPlan {
        vm: VmId(0),
        vm_slot: Slot(0),
        memory,
        rom: 0,
        protocol,
        kernel: Module { offset: 0, length: 0 },
        ramdisk: None,
        acpi: None,
        e820: map.into_iter().collect(),
        command_line: Text::from_prefix("console=ttyS0"),
    };
    let state = loader::load(&mut ram, &plan, &Images { kernel, ramdisk, acpi: &[] }, 1_000_000_000).unwrap();
    (ram, state)
}

/// Builds one guest; its file.
fn built(name: &str) -> Vec<u8> {
    let folder = std::env::temp_dir().join(format!("bulkhead-test-guests-{}-{name}", std::process::id()));
    let files = build(&folder).unwrap();
    let index = GUESTS.iter().position(|guest| guest.name == name).unwrap();
    let bytes = fs::read(&files[index]).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    bytes
}

fn byte_at(ram: &Ram, address: u64) -> u8 {
    ram.0[usize::try_from(address).unwrap()]
}

#[test]
fn flat_guests_begin_by_turning_interrupts_off() {
    let protocol = BootProtocol::Flat { load: FLAT_ADDRESS, entry: FLAT_ADDRESS };
    for name in ["first-light", "spin", "reset"] {
        let (ram, state) = load(protocol, 2, &built(name), &[]);
        assert_eq!((state.rip, byte_at(&ram, state.rip)), (FLAT_ADDRESS, 0xfa), "{name}");
    }
}

#[test]
fn the_elf_guests_begin_by_setting_their_stack() {
    for (protocol, name) in [(BootProtocol::Multiboot, "multiboot"), (BootProtocol::Pvh, "pvh")] {
        let (ram, state) = load(protocol, 8, &built(name), &[]);
        assert_eq!(byte_at(&ram, state.rip), 0xbc, "{name}");
    }
}
