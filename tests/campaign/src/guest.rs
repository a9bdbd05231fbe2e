//! A random guest: each step is chosen by the seed and the step's number alone, so that two runs of the same seed do
//! the same until they see something different.

mod chips;
mod instructions;
mod serial;

use crate::bench::{Bench, Taken};
use crate::bench_core::Stuck;
use crate::fault::Server;
use crate::random::Random;
use crate::trace::OpTrace;
use bulkhead_protocol::bus::Width;
use bulkhead_protocol::registry::ResetKind;

/// Vector of input 0 of the primary 8259A.
const PIC_BASE: u8 = 0x20;
/// Vector of pin 0 of the I/O APIC.
const APIC_BASE: u8 = 0x40;
/// Interrupts that are served in a row.
const STORM: u32 = 32;

/// What the guest may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manners {
    /// Anything.
    Wild,
    /// What a driver does that wants no byte to be lost.
    Orderly,
}

/// The guest.
pub(crate) struct Guest {
    pub(crate) bench: Bench,
    seed: u64,
    step: u64,
    manners: Manners,
    /// Interrupts come by the 8259A, not by the I/O APIC.
    by_pic: bool,
    /// Number of the next byte of output and of input.
    sent: u64,
    typed: u64,
    /// Bytes that the interrupt handler has still to send.
    queued: u64,
    /// Bytes that an orderly guest has written to THR and read from RBR.
    pub(crate) written: Vec<u8>,
    pub(crate) read: Vec<u8>,
    pub(crate) pressed: Vec<u8>,
}

type Step = fn(&mut Guest, &mut Random) -> Result<(), Stuck>;

/// Steps of any guest, with their weight.
const ORDERLY: [(u64, &str, Step); 11] = [
    (10, "serial output", Guest::send),
    (8, "serial input", Guest::type_in),
    (4, "serial poll", Guest::poll),
    (10, "wait", Guest::wait),
    (5, "timer", Guest::use_timer),
    (4, "clock", Guest::use_clock),
    (4, "pci by ports", Guest::use_pci_ports),
    (4, "pci by memory", Guest::use_ecam),
    (3, "power button", Guest::press_power_button),
    (2, "console goes away", Guest::console_goes),
    (4, "console comes back", Guest::console_comes),
];

/// Steps that may break what others need.
const WILD: [(u64, &str, Step); 8] = [
    (6, "any port", Guest::any_port),
    (4, "string output", Guest::string_output),
    (4, "string input", Guest::string_input),
    (5, "i/o apic", Guest::use_io_apic),
    (4, "read-modify-write", Guest::modify),
    (3, "power registers", Guest::use_power),
    (2, "set up again", Guest::set_up),
    (1, "reset of a device", Guest::reset_device),
];

impl Guest {
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        let by_pic = Random::part(seed, u64::MAX).once_in(2);
        let (sent, typed, queued) = (0, 0, 0);
        let (written, read, pressed) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            bench: Bench::new(),
            seed,
            step: 0,
            manners,
            by_pic,
            sent,
            typed,
            queued,
            written,
            read,
            pressed,
        }
    }

    /// Another guest begins in the same VM.
    pub(crate) fn begin(&mut self, seed: u64) {
        self.seed = seed;
        self.step = 0;
        self.queued = 0;
        self.by_pic = Random::part(seed, u64::MAX).once_in(2);
    }

    /// The next step.
    pub(crate) fn advance(&mut self) -> Result<OpTrace, Stuck> {
        let mut random = Random::part(self.seed, self.step);
        let (name, step) =
            if self.step == 0 { ("set up", Self::set_up as Step) } else { self.choose(&mut random) };
        self.step += 1;
        step(self, &mut random)?;
        self.serve_interrupts()?;
        self.bench.finish(name)
    }

    fn choose(&self, random: &mut Random) -> (&'static str, Step) {
        let wild = if self.manners == Manners::Wild { WILD.as_slice() } else { &[] };
        let steps = || ORDERLY.iter().chain(wild);
        let mut number = random.below(steps().map(|(weight, ..)| weight).sum());
        for (weight, name, step) in steps() {
            match number.checked_sub(*weight) {
                Some(rest) => number = rest,
                None => return (name, *step),
            }
        }
        ("wait", Self::wait)
    }

    fn set_up(&mut self, random: &mut Random) -> Result<(), Stuck> {
        self.set_up_pic()?;
        self.set_up_io_apic()?;
        self.set_up_power()?;
        self.set_up_clock(random)?;
        self.set_up_serial(random)
    }

    /// Takes interrupts until none is left, or a storm shows that this guest cannot end them.
    pub(crate) fn serve_interrupts(&mut self) -> Result<(), Stuck> {
        for _ in 0..STORM {
            match self.bench.take_interrupt()? {
                None => break,
                Some(Taken::FromPic(vector)) => {
                    let input = vector.wrapping_sub(PIC_BASE);
                    self.serve(input)?;
                    if input >= 8 {
                        self.bench.out_byte(0xa0, 0x20)?;
                    }
                    self.bench.out_byte(0x20, 0x20)?;
                }
                Some(Taken::FromApic(vector)) => {
                    let pin = vector.wrapping_sub(APIC_BASE);
                    self.serve(if pin == 2 { 0 } else { pin })?;
                    self.bench.end_of_interrupt(vector);
                }
            }
        }
        Ok(())
    }

    fn serve(&mut self, line: u8) -> Result<(), Stuck> {
        match line {
            4 => self.serve_serial(),
            8 => self.serve_clock(),
            9 => self.serve_sci(),
            _ => Ok(()),
        }
    }

    /// Halts for a while; interrupts are served as they come.
    fn wait(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let longest = random.pick(&[1_000, 50_000, 500_000, 5_000_000, 20_000_000, 1_100_000_000]);
        self.pause(random.below(longest))
    }

    fn pause(&mut self, nanoseconds: u64) -> Result<(), Stuck> {
        let end = self.bench.core.now.after(nanoseconds);
        for _ in 0..Bench::wakes() {
            let more = self.bench.wait(end);
            self.serve_interrupts()?;
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn any_port(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let ranges: Vec<_> = crate::platform::port_ranges().collect();
        let (first, last) = random.pick(&ranges);
        let port = first + u16::from(random.byte()) % (last - first + 1);
        let width = random.pick(&[Width::Byte, Width::Byte, Width::Word, Width::Double]);
        if random.once_in(2) {
            self.bench.input(port, width).map(drop)
        } else {
            self.bench.output(port, width, random.next())
        }
    }

    fn press_power_button(&mut self, _: &mut Random) -> Result<(), Stuck> {
        self.bench.manage(Server::Vpower, |client| client.press_power_button())
    }

    fn console_goes(&mut self, _: &mut Random) -> Result<(), Stuck> {
        self.bench.set_console_away(true);
        Ok(())
    }

    fn console_comes(&mut self, _: &mut Random) -> Result<(), Stuck> {
        self.bench.set_console_away(false);
        Ok(())
    }

    fn reset_device(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let server = Server::ALL[random.index(7)];
        self.bench.manage(server, |client| client.reset(ResetKind::Cold))
    }
}
