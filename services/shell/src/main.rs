//! The shell's task: input from the console, answers to it.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use bulkhead_protocol::config::Shell as Config;
use bulkhead_runtime::{Mailbox, config, time};
use shell::{Shell, Step};

mod link;
mod world;

use link::Link;
use world::World;

bulkhead_runtime::task!(run, serves: [], calls: [stream, terminal, registry, inspect]);

fn run() -> ! {
    let config: Config = config::config();
    let mut shell = Shell::new();
    let mut link = Link::new(config.stream);
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(0);
    loop {
        let _ = event;
        let mut more = false;
        while let Some(byte) = link.take() {
            // Text that cannot be shown is no reason to stop.
            let step = shell.take(byte, &config, &mut World { config: &config }, &mut link);
            link.flush();
            if step == Ok(Step::Answered) {
                // One answer an event: each has its own time.
                more = true;
                break;
            }
        }
        event =
            mailbox.reply_recv(&[], bulkhead_abi::syscall::Status::Ok, if more { time::now() } else { 0 });
    }
}
