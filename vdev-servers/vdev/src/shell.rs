//! The task around a device: events from the mailbox into an [`Instance`], its commits back.
//!
//! The restart path is the start path: a committed state is restored if there is one, and the core delivers the
//! event that was under way again.

use crate::{Device, Instance, Nanos};
use bulkhead_abi::fault::EXIT_INVALID_STATE;
use bulkhead_runtime::{Clock, Kernel, Mailbox, config};

/// Serves a device for ever. `peer` makes what the device exchanges data with. A committed state that is of no valid
/// device is refused: the task exits with the code that tells the supervisor so.
pub fn serve<D: Device>(peer: impl FnOnce(&D::Config) -> D::Peer) -> ! {
    let settings: D::Config = config::config();
    let clock = Clock::system();
    // A device is switched on with its VM, whose time is zero then; one that is started anew later is reset by the VM
    // manager.
    let switched_on = Nanos(0);
    let Ok(mut instance) = Instance::<D>::start(&settings, peer(&settings), config::committed(), switched_on)
    else {
        Kernel.exit(EXIT_INVALID_STATE);
    };
    let stamp = |wake: Option<Nanos>| match wake {
        None => 0,
        // At once: a time stamp that has passed even where the VM's time stands at zero.
        Some(Nanos(0)) => 1,
        Some(at) => clock.stamp(at.0),
    };
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(stamp(instance.wake()));
    loop {
        let now = Nanos(clock.nanos(event.now));
        let ending = instance.handle(event, now);
        event =
            mailbox.commit_reply_recv(ending.reply, ending.status, &ending.consequences, stamp(ending.wake));
    }
}
