//! The virtual platform: addresses, ports and lines that device servers, ACPI tables and loader agree on.

/// Local APIC registers.
pub const LOCAL_APIC: u64 = 0xfee0_0000;
/// I/O APIC registers.
pub const IO_APIC: u64 = 0xfec0_0000;
/// Pins of the I/O APIC.
pub const IO_APIC_PINS: u8 = 24;
/// PCI configuration space by memory: one bus of 1 MiB.
pub const ECAM: u64 = 0xe000_0000;
/// Buses behind [`ECAM`].
pub const ECAM_BUSES: u8 = 1;
/// Window for 32-bit PCI BARs.
pub const PCI_MMIO: u64 = 0xd000_0000;
/// Bytes of [`PCI_MMIO`].
pub const PCI_MMIO_LENGTH: u64 = 0x1000_0000;
/// Window for I/O BARs.
pub const PCI_IO: u16 = 0xc000;
/// Ports of [`PCI_IO`].
pub const PCI_IO_LENGTH: u16 = 0x1000;
/// ACPI PM1a event block: status, enable; 4 ports.
pub const PM1A_EVENT: u16 = 0x600;
/// ACPI PM1a control block; 2 ports.
pub const PM1A_CONTROL: u16 = 0x604;
/// ACPI PM timer; 4 ports, 3.579545 MHz, 32 bits.
pub const PM_TIMER: u16 = 0x608;
/// SLP_TYP of S5 in the DSDT.
pub const SLEEP_TYPE_S5: u8 = 5;
/// Reset control register; also the ACPI reset register.
pub const RESET_CONTROL: u16 = 0xcf9;
/// What to write to [`RESET_CONTROL`] as the ACPI reset value.
pub const RESET_VALUE: u8 = 0x06;
/// Interrupt line of the ACPI SCI: level, active low in the tables.
pub const SCI_LINE: u8 = 9;
/// Interrupt line of the 8254's channel 0. I/O APIC pin 2 by the MADT's override.
pub const TIMER_LINE: u8 = 0;
/// Interrupt line of the real-time clock.
pub const RTC_LINE: u8 = 8;
/// Interrupt lines of the PCI pins A to D.
pub const PCI_LINES: [u8; 4] = [16, 17, 18, 19];
/// The line by which the 8259A drives LINT0 and I/O APIC pin 0.
pub const INTR_LINE: u8 = 63;
/// The extended BIOS data area, 1 KiB below the end of low memory.
pub const EXTENDED_DATA: u64 = 0x9_fc00;
/// Where the loader puts the ACPI tables; the RSDP is first.
pub const ACPI_TABLES: u64 = 0x000e_0000;
/// Bytes from [`ACPI_TABLES`] that are reserved for them.
pub const ACPI_TABLES_LENGTH: u64 = 0x0002_0000;
/// Ports of the four legacy serial ports and their lines.
pub const SERIAL: [(u16, u8); 4] = [(0x3f8, 4), (0x2f8, 3), (0x3e8, 4), (0x2e8, 3)];
/// CPUID leaf of Bulkhead's own hypervisor block.
pub const CPUID_BLOCK: u32 = 0x4000_0000;
/// CPUID leaf of the KVM-compatible block.
pub const CPUID_KVM_BLOCK: u32 = 0x4000_0100;
