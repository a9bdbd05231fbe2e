//! Registers, requests and the laws of a device.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::Vpower;
use bulkhead_protocol::platform::{PM1A_CONTROL, PM1A_EVENT, RESET_CONTROL, RESET_VALUE, SCI_LINE};
use proptest::prelude::*;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, PowerRequest, Width, words};
use vpower::{DATA_PORT, PORT_92, Power, PowerState, STATUS_PORT};

const MANAGER: Slot = Slot(5);
const ENABLE: u16 = PM1A_EVENT + 2;
const PWRBTN: u64 = 1 << 8;
const SLP_EN: u64 = 1 << 13;
const S5: u64 = 5 << 10;

fn config() -> Vpower {
    Vpower { pm1_event: PM1A_EVENT, pm1_control: PM1A_CONTROL, sci_line: SCI_LINE, manager: MANAGER }
}

struct Machine {
    power: Power,
    outcome: Outcome,
}

impl Machine {
    fn new() -> Self {
        Self { power: Power::new(&config(), Nanos(0)), outcome: Outcome::new() }
    }

    fn outb(&mut self, port: u16, value: u64) {
        self.write(port, Width::Byte, value);
    }

    fn outw(&mut self, port: u16, value: u64) {
        self.write(port, Width::Word, value);
    }

    fn write(&mut self, port: u16, width: Width, value: u64) {
        self.outcome = Outcome::new();
        self.power.write(Access::port(port, width), value, Nanos(0), &mut self.outcome);
    }

    fn read(&mut self, port: u16, width: Width) -> u64 {
        self.outcome = Outcome::new();
        self.power.read(Access::port(port, width), Nanos(0), &mut self.outcome) & width.all_ones()
    }

    fn press(&mut self) {
        self.outcome = Outcome::new();
        self.power.press_power_button(Nanos(0), &mut self.outcome);
    }

    /// What the guest has asked for since this was asked last.
    fn asked(&mut self) -> Option<PowerRequest> {
        let told = self.outcome.notifications() == 1 << MANAGER.0;
        let request = self.power.power_request();
        assert_eq!(told, request.is_some(), "a request and its notification go together");
        let forgotten = PowerState { request: None, ..self.power.snapshot() };
        self.power = Power::restore(&config(), forgotten).unwrap();
        request
    }
}

#[test]
fn sci_enable_is_stuck_at_one() {
    let mut machine = Machine::new();
    assert_eq!(machine.read(PM1A_CONTROL, Width::Word), 1);
    machine.outw(PM1A_CONTROL, 0);
    assert_eq!(machine.read(PM1A_CONTROL, Width::Word), 1);
}

#[test]
fn sleep_enable_with_the_type_of_s5_asks_for_power_off() {
    let mut machine = Machine::new();
    machine.outw(PM1A_CONTROL, S5);
    assert_eq!(machine.asked(), None, "the type alone is no request");
    machine.outw(PM1A_CONTROL, S5 | SLP_EN);
    assert_eq!(machine.asked(), Some(PowerRequest::PowerOff));
    assert_eq!(machine.read(PM1A_CONTROL, Width::Word), S5 | 1, "SLP_EN reads as zero");
}

#[test]
fn sleep_enable_in_a_byte_write_counts() {
    let mut machine = Machine::new();
    machine.outb(PM1A_CONTROL + 1, (S5 | SLP_EN) >> 8);
    assert_eq!(machine.asked(), Some(PowerRequest::PowerOff));
}

#[test]
fn sleep_enable_with_another_type_does_nothing() {
    let mut machine = Machine::new();
    for sleep_type in [0, 1, 2, 3, 4, 6, 7u64] {
        machine.outw(PM1A_CONTROL, sleep_type << 10 | SLP_EN);
        assert_eq!(machine.asked(), None);
    }
}

#[test]
fn the_power_button_raises_the_sci_once_it_is_enabled() {
    let mut machine = Machine::new();
    machine.press();
    assert_eq!(machine.outcome.line(SCI_LINE), Some(false));
    machine.outw(ENABLE, PWRBTN);
    assert_eq!(machine.outcome.line(SCI_LINE), Some(true));
    assert_eq!(machine.read(PM1A_EVENT, Width::Word), PWRBTN);
}

#[test]
fn writing_one_clears_a_status_bit_and_lowers_the_sci() {
    let mut machine = Machine::new();
    machine.outw(ENABLE, PWRBTN);
    machine.press();
    assert_eq!(machine.outcome.line(SCI_LINE), Some(true));
    machine.outw(PM1A_EVENT, !PWRBTN & 0xffff);
    assert_eq!(machine.outcome.line(SCI_LINE), Some(true), "writing zero to the bit keeps it");
    machine.outb(PM1A_EVENT + 1, PWRBTN >> 8);
    assert_eq!(machine.outcome.line(SCI_LINE), Some(false));
    assert_eq!(machine.read(PM1A_EVENT, Width::Word), 0);
}

#[test]
fn enable_holds_exactly_the_defined_bits() {
    let mut machine = Machine::new();
    machine.outw(ENABLE, 0xffff);
    assert_eq!(machine.read(ENABLE, Width::Word), 0x4721);
    assert_eq!(machine.read(PM1A_EVENT, Width::Double), 0x4721_0000, "status and enable in one read");
}

#[test]
fn the_acpi_reset_value_asks_for_a_warm_reset() {
    let mut machine = Machine::new();
    machine.outb(RESET_CONTROL, u64::from(RESET_VALUE));
    assert_eq!(machine.asked(), Some(PowerRequest::WarmReset));
}

#[test]
fn a_full_reset_is_cold() {
    let mut machine = Machine::new();
    machine.outb(RESET_CONTROL, 0x02);
    assert_eq!(machine.asked(), None);
    machine.outb(RESET_CONTROL, 0x0e);
    assert_eq!(machine.asked(), Some(PowerRequest::ColdReset));
}

#[test]
fn only_the_rise_of_the_reset_bit_resets() {
    let mut machine = Machine::new();
    machine.outb(RESET_CONTROL, 0x06);
    assert_eq!(machine.asked(), Some(PowerRequest::WarmReset));
    machine.outb(RESET_CONTROL, 0x06);
    assert_eq!(machine.asked(), None);
    machine.outb(RESET_CONTROL, 0x00);
    machine.outb(RESET_CONTROL, 0x04);
    assert_eq!(machine.asked(), Some(PowerRequest::WarmReset));
    assert_eq!(machine.read(RESET_CONTROL, Width::Byte), 0x04);
}

#[test]
fn reserved_bits_of_the_reset_control_register_read_as_zero() {
    let mut machine = Machine::new();
    machine.outb(RESET_CONTROL, 0xfb);
    assert_eq!(machine.read(RESET_CONTROL, Width::Byte), 0x0a);
}

#[test]
fn a_probe_for_the_keyboard_controller_never_drains_it_but_may_write_at_once() {
    let mut machine = Machine::new();
    for _ in 0..32 {
        assert_eq!(machine.read(STATUS_PORT, Width::Byte) & 0b11, 0b01, "output full, input free");
        assert_eq!(machine.read(DATA_PORT, Width::Byte), 0xff);
    }
}

#[test]
fn pulsing_the_reset_line_of_the_keyboard_controller_asks_for_a_warm_reset() {
    let mut machine = Machine::new();
    machine.outb(STATUS_PORT, 0xff);
    assert_eq!(machine.asked(), None);
    machine.outb(STATUS_PORT, 0xfe);
    assert_eq!(machine.asked(), Some(PowerRequest::WarmReset));
}

#[test]
fn the_output_port_carries_a20_and_reset() {
    let mut machine = Machine::new();
    machine.outb(STATUS_PORT, 0xd1);
    machine.outb(DATA_PORT, 0xdd);
    assert_eq!(machine.asked(), None);
    assert_eq!(machine.read(PORT_92, Width::Byte), 0x00, "A20 closed");
    machine.outb(DATA_PORT, 0x00);
    assert_eq!(machine.asked(), None, "the command was for one byte");
    machine.outb(STATUS_PORT, 0xd1);
    machine.outb(DATA_PORT, 0x02);
    assert_eq!(machine.asked(), Some(PowerRequest::WarmReset));
    assert_eq!(machine.read(PORT_92, Width::Byte), 0x02);
}

#[test]
fn port_92_resets_on_the_rise_of_bit_0_and_keeps_a20() {
    let mut machine = Machine::new();
    assert_eq!(machine.read(PORT_92, Width::Byte), 0x02);
    machine.outb(PORT_92, 0x03);
    assert_eq!(machine.asked(), Some(PowerRequest::WarmReset));
    machine.outb(PORT_92, 0x03);
    assert_eq!(machine.asked(), None);
    machine.outb(PORT_92, 0x00);
    assert_eq!(machine.read(PORT_92, Width::Byte), 0x00);
}

#[test]
fn the_first_request_stays_until_the_device_is_reset() {
    let mut machine = Machine::new();
    machine.outw(PM1A_CONTROL, S5 | SLP_EN);
    machine.outb(STATUS_PORT, 0xfe);
    assert_eq!(machine.outcome.notifications(), 1 << MANAGER.0, "the manager is told again");
    for _ in 0..2 {
        assert_eq!(machine.power.power_request(), Some(PowerRequest::PowerOff));
    }
    machine.power.reset(Nanos(0), &mut machine.outcome);
    assert_eq!(machine.power.power_request(), None);
}

#[test]
fn ports_of_others_read_all_ones_and_ignore_writes() {
    let mut machine = Machine::new();
    let before = machine.power.clone();
    machine.write(0x1234, Width::Double, 0xffff_ffff);
    assert_eq!(machine.power, before);
    assert_eq!(machine.read(0x1234, Width::Double), 0xffff_ffff);
    assert_eq!(machine.read(PM1A_CONTROL, Width::Double), 0xffff_0001, "the block is two ports long");
    assert_eq!(machine.read(u16::MAX, Width::Double), 0xffff_ffff, "no wrap to port 0");
}

#[test]
fn a_state_with_bits_that_do_not_exist_is_refused() {
    let good = Power::new(&config(), Nanos(0)).snapshot();
    let bad: [PowerState; 5] = [
        PowerState { status: [2, 0], ..good.clone() },
        PowerState { enable: [0, 0x80], ..good.clone() },
        PowerState { control: [0, 0], ..good.clone() },
        PowerState { reset_control: 1, ..good.clone() },
        PowerState { port_92: 4, ..good.clone() },
    ];
    for state in bad {
        assert_eq!(Power::restore(&config(), state).unwrap_err(), InvalidState);
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Read(Access),
    Write(Access, u64),
    Press,
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let ports: Vec<u16> =
        [0x5f8..=0x608u16, 0x60..=0x64, 0x90..=0x93, 0xcf8..=0xcfc].into_iter().flatten().collect();
    let width = prop::sample::select(vec![Width::Byte, Width::Word, Width::Double, Width::Quad]);
    let access = (prop::sample::select(ports), width, any::<bool>()).prop_map(|(port, width, mmio)| {
        if mmio && port == 0x5f8 { Access::mmio(u64::from(port), width) } else { Access::port(port, width) }
    });
    prop_oneof![
        3 => access.clone().prop_map(Step::Read),
        6 => (access, any::<u64>()).prop_map(|(access, value)| Step::Write(access, value & access.width.all_ones())),
        1 => Just(Step::Press),
        1 => Just(Step::Reset),
    ]
}

fn apply(power: &mut Power, step: Step) -> (u64, Option<PowerRequest>, Outcome) {
    let mut outcome = Outcome::new();
    let mut value = 0;
    match step {
        Step::Read(access) => value = power.read(access, Nanos(1), &mut outcome),
        Step::Write(access, written) => power.write(access, written, Nanos(1), &mut outcome),
        Step::Press => power.press_power_button(Nanos(1), &mut outcome),
        Step::Reset => power.reset(Nanos(1), &mut outcome),
    }
    (value, power.power_request(), outcome)
}

proptest! {
    #[test]
    fn a_restored_device_goes_on_as_the_original(
        before in prop::collection::vec(step(), 0..40),
        after in prop::collection::vec(step(), 0..40),
    ) {
        let mut original = Power::new(&config(), Nanos(0));
        for step in before {
            apply(&mut original, step);
        }
        let mut buffer = [0; 64];
        let length = bulkhead_protocol::encode(&original.snapshot(), &mut buffer).unwrap();
        let state = bulkhead_protocol::decode(&buffer[..length]).unwrap();
        let mut restored = Power::restore(&config(), state).unwrap();
        for step in after {
            prop_assert_eq!(apply(&mut original, step), apply(&mut restored, step));
        }
    }

    #[test]
    fn reset_leads_to_the_state_of_a_new_device(steps in prop::collection::vec(step(), 0..40)) {
        let mut power = Power::new(&config(), Nanos(0));
        for step in steps {
            apply(&mut power, step);
        }
        let mut outcome = Outcome::new();
        power.reset(Nanos(2), &mut outcome);
        prop_assert_eq!(power, Power::new(&config(), Nanos(0)));
        prop_assert_eq!(outcome.line(SCI_LINE), Some(false));
    }

    #[test]
    fn the_sci_level_is_a_function_of_the_state(steps in prop::collection::vec(step(), 1..40)) {
        let mut power = Power::new(&config(), Nanos(0));
        for step in steps {
            let (_, _, outcome) = apply(&mut power, step);
            let state = power.snapshot();
            let both = u16::from_le_bytes(state.status) & u16::from_le_bytes(state.enable);
            prop_assert_eq!(outcome.line(SCI_LINE), Some(both & 0x0721 != 0));
        }
    }
}

#[test]
fn the_device_says_which_events_are_heard_and_what_the_guest_has_asked_for() {
    let mut machine = Machine::new();
    assert_eq!(
        words(&machine.power).collect::<Vec<_>>(),
        [
            "PM1 status 0x0000, enable 0x0000, control 0x0001; SCI on line 9",
            "events: none heard",
            "port 0xcf9 0x00, port 0x92 0x02",
            "the guest has asked for nothing",
        ]
    );
    machine.outw(ENABLE, PWRBTN | 1);
    machine.press();
    machine.outb(RESET_CONTROL, u64::from(RESET_VALUE));
    assert_eq!(
        words(&machine.power).collect::<Vec<_>>(),
        [
            "PM1 status 0x0100, enable 0x0101, control 0x0001; SCI on line 9",
            "events: PM timer heard, power button pending",
            "port 0xcf9 0x06, port 0x92 0x02",
            "the guest has asked for a warm reset",
        ]
    );
}
