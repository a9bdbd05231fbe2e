//! The echo server.

use super::schedule::work;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::EventKind;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{Bytes, Caller, echo};
use bulkhead_runtime::{Kernel, Mailbox, config, server};

/// Longest piece of a lease that it takes.
const PIECE: usize = 4096;

struct Echo {
    requests: u32,
    piece: [u8; PIECE],
}

/// Serves for ever.
pub(super) fn serve() -> ! {
    let mut echo = Echo { requests: 0, piece: [0; PIECE] };
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(0);
    loop {
        let mut reply = [0; MAX_MESSAGE];
        let (length, status) = match EventKind::from_value(event.kind) {
            EventKind::Request => {
                match echo::dispatch(&mut echo, server::caller(event), server::message(event), &mut reply) {
                    Ok(length) => (length, Status::Ok),
                    Err(_) => (0, Status::Malformed),
                }
            }
            _ => (0, Status::Ok),
        };
        echo.requests = echo.requests.wrapping_add(1);
        event = mailbox.reply_recv(reply.get(..length).unwrap_or(&[]), status, 0);
    }
}

impl echo::Server for Echo {
    fn echo(&mut self, _: Caller, bytes: Bytes<31>) -> Bytes<31> {
        bytes
    }

    fn hang(&mut self, _: Caller) {
        loop {
            core::hint::spin_loop();
        }
    }

    fn die(&mut self, _: Caller) {
        panic!("asked to die");
    }

    fn lease_sum(&mut self, _: Caller, lease: u32, offset: u32, length: u32) -> (u32, u32) {
        // Longer than the own memory: the core must see it, so the length goes on as it came.
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let status = match self.piece.get_mut(..length) {
            Some(piece) => Kernel.lease_read(lease, offset, piece).err().unwrap_or(Status::Ok),
            None => Status::BadArgument,
        };
        let sum = self.piece.iter().take(length).fold(0u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        (status as u32, if status == Status::Ok { sum } else { 0 })
    }

    fn lease_fill(&mut self, _: Caller, lease: u32, offset: u32, length: u32, first: u8) -> u32 {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut byte = first;
        for to in self.piece.iter_mut().take(length) {
            *to = byte;
            byte = byte.wrapping_add(1);
        }
        let status = match self.piece.get(..length) {
            Some(piece) => Kernel.lease_write(lease, offset, piece).err().unwrap_or(Status::Ok),
            None => Status::BadArgument,
        };
        status as u32
    }

    fn life(&mut self, _: Caller) -> (u32, u32) {
        (config::generation(), self.requests)
    }

    fn work(&mut self, _: Caller, microseconds: u32) {
        work(u64::from(microseconds));
    }
}
