//! The devices of the virtual platform: what each answers to and which interrupt lines it owns.

use bulkhead_abi::image::{TASK_HEARS_EOI, TASK_HEARS_LINES};
use bulkhead_protocol::config::{Ports, ServerKind, Window};
use bulkhead_protocol::platform::{
    ECAM, ECAM_BUSES, INTR_LINE, IO_APIC, PM_TIMER, PM1A_EVENT, RTC_LINE, SCI_LINE, SERIAL, TIMER_LINE,
};

/// One device of the platform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Device {
    /// What it is.
    pub(crate) kind: ServerKind,
    /// Its name in manifests, and the last part of its server's name.
    pub(crate) name: &'static str,
    /// Ports routed to it, inclusive.
    pub(crate) ports: &'static [(u16, u16)],
    /// Memory windows passed on to it.
    pub(crate) windows: &'static [(u64, u64)],
    /// Interrupt lines that it owns, as a mask.
    pub(crate) lines: u64,
    /// Flags of its task record.
    pub(crate) flags: u8,
}

impl Device {
    /// The program of its server.
    pub(crate) const fn binary(&self) -> &'static str {
        match self.kind {
            ServerKind::InsnEmulator => "insn-emulator",
            ServerKind::Vuart2 => "vuart",
            _ => self.name,
        }
    }

    /// Its ports as the configurations hold them.
    pub(crate) fn port_ranges(&self) -> impl Iterator<Item = Ports> + use<> {
        self.ports.iter().map(|(first, last)| Ports { first: *first, last: *last })
    }

    /// Its windows as the configurations hold them.
    pub(crate) fn mmio_windows(&self) -> impl Iterator<Item = Window> + use<> {
        self.windows.iter().map(|(base, length)| Window { base: *base, length: *length })
    }
}

/// Bytes of the I/O APIC's registers.
pub(crate) const IO_APIC_LENGTH: u64 = 0x1000;
/// Bytes of the memory-mapped configuration space.
pub(crate) const ECAM_LENGTH: u64 = (ECAM_BUSES as u64) << 20;

const COM1: (u16, u8) = SERIAL[0];
const COM2: (u16, u8) = SERIAL[1];

/// All devices, in the order in which a VM's servers are made. Writes of the keyboard controller's and the system
/// control ports go to the power device: they are ways to reset.
pub(crate) const DEVICES: [Device; 7] = [
    Device {
        kind: ServerKind::Vuart,
        name: "vuart",
        ports: &[(COM1.0, COM1.0 + 7)],
        windows: &[],
        lines: 1 << COM1.1,
        flags: 0,
    },
    Device {
        kind: ServerKind::Vpci,
        name: "vpci",
        ports: &[(0xcf8, 0xcf8), (0xcfa, 0xcff)],
        windows: &[(ECAM, ECAM_LENGTH)],
        lines: 0,
        flags: 0,
    },
    Device {
        kind: ServerKind::Vioapic,
        name: "vioapic",
        ports: &[],
        windows: &[(IO_APIC, IO_APIC_LENGTH)],
        lines: 0,
        flags: TASK_HEARS_LINES | TASK_HEARS_EOI,
    },
    Device {
        kind: ServerKind::Vpic,
        name: "vpic",
        ports: &[(0x20, 0x21), (0xa0, 0xa1), (0x4d0, 0x4d1)],
        windows: &[],
        lines: 1 << INTR_LINE,
        flags: TASK_HEARS_LINES,
    },
    Device {
        kind: ServerKind::Vtimer,
        name: "vtimer",
        ports: &[(0x40, 0x43), (0x61, 0x61), (PM_TIMER, PM_TIMER + 3)],
        windows: &[],
        lines: 1 << TIMER_LINE,
        flags: 0,
    },
    Device {
        kind: ServerKind::Vrtc,
        name: "vrtc",
        ports: &[(0x70, 0x71)],
        windows: &[],
        lines: 1 << RTC_LINE,
        flags: 0,
    },
    Device {
        kind: ServerKind::Vpower,
        name: "vpower",
        ports: &[(PM1A_EVENT, PM1A_EVENT + 5), (0xcf9, 0xcf9), (0x60, 0x60), (0x64, 0x64), (0x92, 0x92)],
        windows: &[],
        lines: 1 << SCI_LINE,
        flags: 0,
    },
];

/// The instruction emulator: every VM has one.
pub(crate) const EMULATOR: Device =
    Device { kind: ServerKind::InsnEmulator, name: "emulator", ports: &[], windows: &[], lines: 0, flags: 0 };

/// The second serial port, of a VM at the end of a cable.
pub(crate) const COM2_UART: Device = Device {
    kind: ServerKind::Vuart2,
    name: "vuart2",
    ports: &[(COM2.0, COM2.0 + 7)],
    windows: &[],
    lines: 1 << COM2.1,
    flags: 0,
};

/// What is known about a kind.
pub(crate) fn of_kind(kind: ServerKind) -> &'static Device {
    DEVICES.iter().chain([&COM2_UART]).find(|device| device.kind == kind).unwrap_or(&EMULATOR)
}
