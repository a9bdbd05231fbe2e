//! The cable's task: requests of both ends, each with its commit.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use bulkhead_abi::fault::EXIT_INVALID_STATE;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::EventKind;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{config, stream};
use bulkhead_runtime::{Consequences, Kernel, Mailbox, server, time};
use link::{Link, STATE};

bulkhead_runtime::task!(run, serves: [stream], calls: []);

fn run() -> ! {
    let config: config::Link = bulkhead_runtime::config::config();
    let mut link = match bulkhead_runtime::config::committed() {
        None => Link::new(&config),
        Some(state) => match Link::restore(&config, state) {
            Some(link) => link,
            None => Kernel.exit(EXIT_INVALID_STATE),
        },
    };
    let mut mailbox = Mailbox::new();
    // What the ends are to be told leaves with the end of an event, so there is one at once.
    let mut event = mailbox.recv(time::now());
    loop {
        let mut reply = [0; MAX_MESSAGE];
        let (length, status) = match EventKind::from_value(event.kind) {
            EventKind::Request => {
                match stream::dispatch(&mut link, server::caller(event), server::message(event), &mut reply) {
                    Ok(length) => (length, Status::Ok),
                    Err(_) => (0, Status::Malformed),
                }
            }
            EventKind::Exit => (0, Status::Malformed),
            EventKind::Signal | EventKind::Timeout => (0, Status::Ok),
        };
        let state = link.save();
        let total = u32::try_from(STATE).unwrap_or(0);
        let consequences = Consequences {
            notify: link.take_notifications(),
            patch: Some((0, &state, total)),
            ..Consequences::default()
        };
        event = mailbox.commit_reply_recv(reply.get(..length).unwrap_or(&[]), status, &consequences, 0);
    }
}
