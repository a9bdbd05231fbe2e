//! The console's task: events from the serial port, the log and the guests' serial servers, and time.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::{BULK, EventKind};
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{config, stream, terminal};
use bulkhead_runtime::{Clock, Consequences, Kernel, Mailbox, port, server, time};
use console::{BAD_END, Console, GOOD_END, INPUT, Nanos, Registers, Serving, Uart};

bulkhead_runtime::task!(run, serves: [stream, terminal], calls: []);

/// The model. Static because it is larger than a stack should hold.
static CONSOLE: spin::Mutex<Console> = spin::Mutex::new(Console::new());

/// How long output waits for an interrupt of the port before the port is polled.
const POLL_OUTPUT: u64 = 10_000_000;
/// How often the port is polled for input as long as it has never interrupted.
const POLL_INPUT: u64 = 20_000_000;
/// Pause before a port that took all that one event may send gets more: others come in between.
const PAUSE: u64 = 100_000;
/// Pieces of the log that one event reads at the most.
const LOG_PIECES: u32 = 4;

struct Port(u16);

impl Registers for Port {
    fn read(&mut self, register: u16) -> u8 {
        port::read_u8(self.0.wrapping_add(register))
    }

    fn write(&mut self, register: u16, value: u8) {
        port::write_u8(self.0.wrapping_add(register), value);
    }
}

struct Task<'a> {
    config: config::Console,
    console: &'a mut Console,
    uart: Uart<Port>,
    /// The port has interrupted at least once.
    interrupts: bool,
    /// The log may hold text that is not read yet.
    log_pending: bool,
}

fn run() -> ! {
    let config: config::Console = bulkhead_runtime::config::config();
    let mut console = CONSOLE.lock();
    for stream in &config.streams {
        console.add_stream(stream);
    }
    if let Some(slot) = config.shell {
        console.add_shell(slot);
    }
    // All that is committed is how far the log was read, for a restart must not show it twice, and who has the keyboard.
    if let Some((position, [focus])) =
        bulkhead_runtime::config::committed().and_then(|committed| committed.split_first_chunk())
    {
        console.log().resume(u64::from_le_bytes(*position));
        console.restore_focus(usize::from(*focus));
    }
    let uart = Uart::start(Port(config.uart));
    let mut task = Task { config, console: &mut console, uart, interrupts: false, log_pending: true };
    let _ = Kernel.irq_ack(task.config.irq);
    let clock = Clock::system();
    let mut mailbox = Mailbox::new();
    let wake = task.advance(Nanos(clock.nanos(time::now())));
    let mut event = mailbox.recv(wake.map_or(0, |wake| clock.stamp(wake.0)));
    loop {
        let now = Nanos(clock.nanos(event.now));
        let mut reply = [0; MAX_MESSAGE];
        let (length, status) = match EventKind::from_value(event.kind) {
            EventKind::Request => {
                let mut serving = Serving { console: task.console, now };
                let (caller, message) = (server::caller(event), server::message(event));
                let served = match event.interface {
                    terminal::ID => terminal::dispatch(&mut serving, caller, message, &mut reply),
                    _ => stream::dispatch(&mut serving, caller, message, &mut reply),
                };
                match served {
                    Ok(length) => (length, Status::Ok),
                    Err(_) => (0, Status::Malformed),
                }
            }
            EventKind::Signal => {
                task.signal(event.bits, now);
                (0, Status::Ok)
            }
            EventKind::Timeout => (0, Status::Ok),
            EventKind::Exit => (0, Status::Malformed),
        };
        let wake = task.advance(now);
        let mut kept = [0; 9];
        let [position @ .., focus] = &mut kept;
        *position = task.console.log().position().to_le_bytes();
        *focus = u8::try_from(task.console.focus()).unwrap_or(0);
        let consequences = Consequences {
            notify: task.console.take_notifications(),
            patch: Some((0, &kept, 9)),
            ..Consequences::default()
        };
        let deadline = wake.map_or(0, |wake| clock.stamp(wake.0));
        let reply = reply.get(..length).unwrap_or(&[]);
        event = mailbox.commit_reply_recv(reply, status, &consequences, deadline);
    }
}

impl Task<'_> {
    fn signal(&mut self, bits: u64, now: Nanos) {
        let is_set = |bit: u8| bits.checked_shr(u32::from(bit)).unwrap_or(0) & 1 != 0;
        if is_set(self.config.irq_bit) {
            self.interrupts = true;
            // Before the port is looked at: an edge that came in between would be lost.
            let _ = Kernel.irq_ack(self.config.irq);
        }
        self.log_pending |= is_set(self.config.log_bit);
        for (bit, code) in [(self.config.end_well_bit, GOOD_END), (self.config.end_badly_bit, BAD_END)] {
            if is_set(bit) {
                // Whoever asks has said why, just now.
                self.log_pending = true;
                self.console.end_machine(code, now);
            }
        }
    }

    /// Moves everything on as far as it goes; when to come again.
    fn advance(&mut self, now: Nanos) -> Option<Nanos> {
        self.read_log();
        self.console.compose(now);
        let more = self.exchange(now);
        // The port has made room, and keys may have asked for an answer.
        self.console.compose(now);
        if let Some(code) = self.console.end_due(!self.log_pending, now) {
            self.end_machine(code, now);
        }
        let port = if more {
            Some(now.after(PAUSE))
        } else if !self.console.screen().is_empty() {
            Some(now.after(POLL_OUTPUT))
        } else {
            (!self.interrupts).then(|| now.after(POLL_INPUT))
        };
        [port, self.console.deadline()].into_iter().flatten().min()
    }

    fn exchange(&mut self, now: Nanos) -> bool {
        let mut keys = heapless::Vec::<u8, INPUT>::new();
        let more = self.uart.exchange(self.console.screen(), |key| {
            // No stream holds more input than this.
            let _ = keys.push(key);
        });
        for key in keys {
            self.console.receive(key, now);
        }
        more
    }

    fn read_log(&mut self) {
        let mut text = [0; BULK];
        for _ in 0..LOG_PIECES {
            if !self.log_pending || self.console.log().room() < BULK {
                return;
            }
            let wanted = self.console.log().position();
            match Kernel.log_read(self.config.log, wanted, &mut text) {
                Ok((first, length)) if length > 0 => {
                    self.console.accept_log(first, text.get(..length).unwrap_or(&[]));
                }
                _ => self.log_pending = false,
            }
        }
    }

    fn end_machine(&mut self, code: u8, now: Nanos) {
        match self.config.platform {
            Some(platform) => {
                // What is on the screen when patience ends is sent all the same, as long as the port takes it.
                self.uart.flush(self.console.screen());
                let _ = Kernel.power_off(platform, code);
            }
            None => {
                self.console.refuse_end();
                self.console.compose(now);
            }
        }
    }
}
