//! Counts what talking between tasks costs, in ticks of the time-stamp counter.
//!
//! Script `serve` answers: `echo` requests typed, raw ones with their own bytes, by their first byte with a device's work or
//! its commit before. Script `measure` calls the first of its slots and logs `bench: NAME TICKS REPEATS`, in hexadecimal.
#![no_std]
#![no_main]

mod device;

use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{Bytes, Caller, Transport, config, echo};
use bulkhead_runtime::{Consequences, Kernel, Mailbox, server, time};
use device::Server;

/// Executions of each operation.
const REPEATS: u64 = 1024;
/// Executions before that.
const WARM: u32 = 4;
/// First byte of a raw request: no request of the `echo` interface begins so.
const RAW: u8 = 0xff;
/// The same, for a server that works as a serial port's does on a register access.
const DEVICE: u8 = 0xfe;
/// The same, and it commits.
const COMMIT: u8 = 0xfd;

fn main() -> ! {
    let config: config::Probe = bulkhead_runtime::config::config();
    match (config.script.as_slice(), config.slots.first()) {
        (b"measure", Some(server)) => measure(*server),
        _ => serve(),
    }
}

struct Echo;

impl echo::Server for Echo {
    fn echo(&mut self, _: Caller, bytes: Bytes<31>) -> Bytes<31> {
        bytes
    }

    fn hang(&mut self, _: Caller) {}

    fn die(&mut self, _: Caller) {}

    fn lease_sum(&mut self, _: Caller, _: u32, _: u32, _: u32) -> (u32, u32) {
        (0, 0)
    }

    fn lease_fill(&mut self, _: Caller, _: u32, _: u32, _: u32, _: u8) -> u32 {
        0
    }

    fn life(&mut self, _: Caller) -> (u32, u32) {
        (0, 0)
    }

    fn work(&mut self, _: Caller, _: u32) {}
}

fn serve() -> ! {
    let mut mailbox = Mailbox::new();
    let mut reply = [0; MAX_MESSAGE];
    let mut device = Server::new();
    let mut told = false;
    let mut event = mailbox.recv(0);
    loop {
        let message = server::message(event);
        let mut consequences = Consequences::default();
        let (length, status) = match message.first() {
            Some(&RAW) => (message.len(), Status::Ok),
            Some(&DEVICE) => {
                device.write();
                (message.len(), Status::Ok)
            }
            Some(&COMMIT) => {
                device.write();
                consequences.patch = device.patch();
                (message.len(), Status::Ok)
            }
            _ => match echo::dispatch(&mut Echo, server::caller(event), message, &mut reply) {
                Ok(length) => (length, Status::Ok),
                Err(_) => (0, Status::Malformed),
            },
        };
        if let Some((offset, patch, total)) = consequences.patch
            && offset != 0
            && !core::mem::replace(&mut told, true)
        {
            log::info!("bench: state-bytes {total:x} 1");
            log::info!("bench: patch-bytes {:x} 1", patch.len());
        }
        let reply = reply.get(..length).unwrap_or(&[]);
        event = mailbox.commit_reply_recv(reply, status, &consequences, 0);
    }
}

fn measure(server: bulkhead_abi::id::Slot) -> ! {
    let mut reply = [0; MAX_MESSAGE];
    for (name, first) in [("ipc-raw", RAW), ("ipc-device", DEVICE), ("ipc-commit", COMMIT)] {
        let request = [first; 32];
        report(name, || {
            let _ = Kernel.call(server, &request, &mut reply);
        });
    }
    let mut client = echo::Client::new(Kernel, server);
    let payload = Bytes::from_prefix(&[7; 31]);
    report("ipc-typed", || {
        let _ = client.echo(payload.clone());
    });
    report("null-call", || {
        let _ = Kernel.irq_ack(bulkhead_abi::id::Slot(u16::MAX));
    });
    log::info!("bench: ends");
    loop {
        let _ = Kernel.wait(0, 0);
    }
}

/// Executes an operation many times and logs what it cost; some before, so that nothing is cold.
fn report(name: &str, mut operation: impl FnMut()) {
    for _ in 0..WARM {
        operation();
    }
    let start = time::now();
    for _ in 0..REPEATS {
        operation();
    }
    log::info!("bench: {name} {:x} {REPEATS:x}", time::now() - start);
}

bulkhead_runtime::task!(main, serves: [echo], calls: [echo]);
