//! Counts what talking between tasks costs, in ticks of the time-stamp counter.
//!
//! Script `serve` answers: `echo` requests typed, everything else with its own bytes. Script `measure` calls the
//! first of its slots and logs `bench: NAME TICKS REPEATS`, in hexadecimal.
#![no_std]
#![no_main]

use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{Bytes, Caller, Transport, config, echo};
use bulkhead_runtime::{Kernel, Mailbox, server, time};

/// Executions of each operation.
const REPEATS: u64 = 1024;
/// First byte of a raw request: no request of the `echo` interface begins so.
const RAW: u8 = 0xff;

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
    let mut event = mailbox.recv(0);
    loop {
        let message = server::message(event);
        let (length, status) = if message.first() == Some(&RAW) {
            (message.len(), Status::Ok)
        } else {
            match echo::dispatch(&mut Echo, server::caller(event), message, &mut reply) {
                Ok(length) => (length, Status::Ok),
                Err(_) => (0, Status::Malformed),
            }
        };
        event = mailbox.reply_recv(reply.get(..length).unwrap_or(&[]), status, 0);
    }
}

fn measure(server: bulkhead_abi::id::Slot) -> ! {
    let mut reply = [0; MAX_MESSAGE];
    let raw = [RAW; 32];
    report("ipc-raw", || {
        let _ = Kernel.call(server, &raw, &mut reply);
    });
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

/// Executes an operation many times and logs what it cost; once before, so that nothing is cold.
fn report(name: &str, mut operation: impl FnMut()) {
    operation();
    let start = time::now();
    for _ in 0..REPEATS {
        operation();
    }
    log::info!("bench: {name} {:x} {REPEATS:x}", time::now() - start);
}

bulkhead_runtime::task!(main, serves: [echo], calls: [echo]);
