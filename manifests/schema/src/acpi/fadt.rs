//! FADT: the fixed hardware, always in ACPI mode.

use super::{OEM, OEM_REVISION, OEM_TABLE};
use crate::system::GuestVm;
use acpi_tables::fadt::{FADT, FADTBuilder, Flags};
use acpi_tables::gas::{AccessSize, AddressSpace, GAS};
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::platform::{PM_TIMER, PM1A_CONTROL, PM1A_EVENT, RESET_CONTROL, RESET_VALUE, SCI_LINE};

/// "IA-PC Boot Architecture Flags": devices on the ISA bus that are not in the DSDT's PCI part.
const LEGACY_DEVICES: u16 = 1 << 0;
/// There is no VGA.
const VGA_NOT_PRESENT: u16 = 1 << 2;
/// ASPM must not be touched.
const PCIE_ASPM_CONTROLS: u16 = 1 << 4;
/// There is no real-time clock.
const CMOS_RTC_NOT_PRESENT: u16 = 1 << 5;
/// CMOS byte that holds the century.
const CENTURY: u8 = 0x32;
/// "Fixed ACPI Description Table": latencies above these mean that C2 and C3 do not exist.
const NO_C2: u16 = 101;
const NO_C3: u16 = 1001;

pub(super) fn fadt(vm: &GuestVm, dsdt: u64, facs: u64) -> FADT {
    let has = |kind| vm.server(kind).is_some();
    let mut fadt = FADTBuilder::new(OEM, OEM_TABLE, OEM_REVISION)
        .firmware_ctrl_32(u32::try_from(facs).unwrap_or(0))
        .flag(Flags::Wbinvd)
        .flag(Flags::ProcC1)
        .flag(Flags::SlpButton)
        .flag(Flags::FixRtc);
    fadt.dsdt = u32::try_from(dsdt).unwrap_or(0).into();
    fadt.x_dsdt = dsdt.into();
    fadt.sci_int = u16::from(SCI_LINE).into();
    fadt.p_lvl2_lat = NO_C2.into();
    fadt.p_lvl3_lat = NO_C3.into();
    fadt.iapc_boot_arch = (LEGACY_DEVICES | VGA_NOT_PRESENT | PCIE_ASPM_CONTROLS).into();
    if has(ServerKind::Vrtc) {
        fadt.century = CENTURY;
    } else {
        fadt.iapc_boot_arch = (fadt.iapc_boot_arch.get() | CMOS_RTC_NOT_PRESENT).into();
    }
    if has(ServerKind::Vpower) {
        fadt.pm1a_evt_blk = u32::from(PM1A_EVENT).into();
        fadt.pm1_evt_len = 4;
        fadt.x_pm1a_evt_blk = port(PM1A_EVENT, 32, AccessSize::WordAccess);
        fadt.pm1a_cnt_blk = u32::from(PM1A_CONTROL).into();
        fadt.pm1_cnt_len = 2;
        fadt.x_pm1a_cnt_blk = port(PM1A_CONTROL, 16, AccessSize::WordAccess);
        fadt.reset_reg = port(RESET_CONTROL, 8, AccessSize::ByteAccess);
        fadt.reset_value = RESET_VALUE;
        fadt = fadt.flag(Flags::ResetRegSup);
    }
    if has(ServerKind::Vtimer) {
        fadt.pm_tmr_blk = u32::from(PM_TIMER).into();
        fadt.pm_tmr_len = 4;
        fadt.x_pm_tmr_blk = port(PM_TIMER, 32, AccessSize::DwordAccess);
        fadt = fadt.flag(Flags::TmrValExt);
    }
    fadt.finalize()
}

fn port(port: u16, bits: u8, access: AccessSize) -> GAS {
    GAS::new(AddressSpace::SystemIo, bits, 0, access, port.into())
}
