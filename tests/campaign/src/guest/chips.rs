//! The guest's drivers of interrupt controllers, timers, clock, PCI and power.

use super::{APIC_BASE, Guest, PIC_BASE};
use crate::bench_core::Stuck;
use crate::random::Random;
use bulkhead_protocol::bus::Width;
use bulkhead_protocol::platform::{ECAM, IO_APIC, PM_TIMER, PM1A_CONTROL, PM1A_EVENT};

/// Pins that the guest uses: trigger is level for the last.
const PINS: [u8; 4] = [2, 4, 8, 9];

impl Guest {
    pub(super) fn set_up_pic(&mut self) -> Result<(), Stuck> {
        let (primary, secondary) = if self.by_pic { (0xaa, 0xfc) } else { (0xff, 0xff) };
        for (port, value) in [
            (0x20, 0x11),
            (0x21, PIC_BASE),
            (0x21, 4),
            (0x21, 1),
            (0xa0, 0x11),
            (0xa1, PIC_BASE + 8),
            (0xa1, 2),
            (0xa1, 1),
            (0x4d1, 1 << 1),
            (0x21, primary & !0x14),
            (0xa1, secondary),
        ] {
            self.bench.out_byte(port, value)?;
        }
        Ok(())
    }

    pub(super) fn set_up_io_apic(&mut self) -> Result<(), Stuck> {
        for pin in PINS {
            let level = u32::from(pin == 9) << 15;
            let masked = u32::from(self.by_pic) << 16;
            self.write_io_apic(0x11 + 2 * pin, 0)?;
            self.write_io_apic(0x10 + 2 * pin, masked | level | u32::from(APIC_BASE + pin))?;
        }
        Ok(())
    }

    fn write_io_apic(&mut self, register: u8, value: u32) -> Result<(), Stuck> {
        self.store(IO_APIC, register.into())?;
        self.store(IO_APIC + 0x10, value)
    }

    pub(super) fn use_io_apic(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let pin = random.pick(&PINS);
        let register = random.pick(&[0, 1, 0x10 + 2 * pin, 0x11 + 2 * pin]);
        self.store(IO_APIC, register.into())?;
        let value = self.load(IO_APIC + 0x10)?;
        match random.below(4) {
            0 => self.store(IO_APIC + 0x10, value ^ 1 << 16),
            1 => self.store(IO_APIC + 0x10, value),
            2 => self.store(IO_APIC + 0x40, u32::from(APIC_BASE + random.pick(&PINS))),
            _ => Ok(()),
        }
    }

    pub(super) fn use_timer(&mut self, random: &mut Random) -> Result<(), Stuck> {
        match random.below(6) {
            0 | 1 => {
                let mode = random.pick(&[0, 2, 2, 3, 4]);
                let count = random.pick(&[100u16, 1_193, 5_000, 60_000, 0]);
                let [low, high] = count.to_le_bytes();
                self.bench.out_byte(0x43, 0x30 | mode << 1)?;
                self.bench.out_byte(0x40, low)?;
                self.bench.out_byte(0x40, high)
            }
            2 => {
                self.bench.out_byte(0x43, random.pick(&[0x00, 0xc2, 0xe2, 0xd2]))?;
                self.bench.in_byte(0x40)?;
                self.bench.in_byte(0x40).map(drop)
            }
            3 => self.bench.input(PM_TIMER, Width::Double).map(drop),
            4 => self.bench.out_byte(0x61, random.byte() & 3),
            _ => self.bench.in_byte(0x61).map(drop),
        }
    }

    pub(super) fn set_up_clock(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let rate = 0x20 | random.pick(&[6, 10, 13]);
        let enabled = random.pick(&[0x02, 0x12, 0x42, 0x52]);
        for (register, value) in [(0x0a, rate), (0x0b, enabled)] {
            self.bench.out_byte(0x70, register)?;
            self.bench.out_byte(0x71, value)?;
        }
        Ok(())
    }

    pub(super) fn use_clock(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let (register, value) = match random.below(6) {
            0 => (0x0b, Some(random.pick(&[0x02, 0x12, 0x22, 0x42, 0x62, 0x72]))),
            1 => (0x0a, Some(0x20 | random.byte() & 0xf)),
            2 => (random.pick(&[1, 3, 5]), Some(random.pick(&[0xff, 0x00, 0x15, 0x30]))),
            3 => (0x0e + random.byte() % 100, Some(random.byte())),
            4 => (0x0c, None),
            _ => (random.byte() % 0x20, None),
        };
        self.bench.out_byte(0x70, register)?;
        match value {
            Some(value) => self.bench.out_byte(0x71, value),
            None => self.bench.in_byte(0x71).map(drop),
        }
    }

    pub(super) fn serve_clock(&mut self) -> Result<(), Stuck> {
        self.bench.out_byte(0x70, 0x0c)?;
        self.bench.in_byte(0x71).map(drop)
    }

    pub(super) fn use_pci_ports(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let offset = random.byte() & 0xfc;
        let device = random.pick(&[0, 0, 0, 1 << 11]);
        self.bench.output(0xcf8, Width::Double, 1 << 31 | device | u64::from(offset))?;
        let (port, width) =
            random.pick(&[(0xcfc, Width::Double), (0xcfd, Width::Byte), (0xcfe, Width::Word)]);
        if random.once_in(2) {
            self.bench.output(port, width, random.next())?;
        }
        self.bench.input(port, width).map(drop)
    }

    pub(super) fn use_ecam(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let address = ECAM + u64::from(random.byte() & 0xfc);
        if random.once_in(2) {
            self.store(address, u32::from(random.byte()) << 8 | u32::from(random.byte()))?;
        }
        self.load(address).map(drop)
    }

    pub(super) fn set_up_power(&mut self) -> Result<(), Stuck> {
        self.bench.output(PM1A_EVENT + 2, Width::Word, 1 << 8)
    }

    pub(super) fn use_power(&mut self, random: &mut Random) -> Result<(), Stuck> {
        match random.below(6) {
            0 => self.bench.output(PM1A_EVENT + 2, Width::Word, 1 << 8 | 1 << 5),
            1 => self.bench.input(PM1A_EVENT, Width::Double).map(drop),
            2 => self.bench.output(PM1A_CONTROL, Width::Word, random.pick(&[1, 0x3401, 0x1400])),
            3 => self.bench.out_byte(0xcf9, random.pick(&[0x02, 0x06, 0x0e])),
            4 => self.bench.out_byte(0x64, random.pick(&[0xd1, 0xfe, 0x20])),
            _ => self.bench.in_byte(0x92).map(drop),
        }
    }

    pub(super) fn serve_sci(&mut self) -> Result<(), Stuck> {
        let status = self.bench.input(PM1A_EVENT, Width::Word)?;
        self.bench.output(PM1A_EVENT, Width::Word, status)
    }
}
