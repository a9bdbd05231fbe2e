//! The task around a device: events from the mailbox into an [`Instance`], its commits back.
//!
//! The restart path is the start path: a committed state is restored if there is one, and the core delivers the
//! event that was under way again.

use crate::{Device, Instance, Nanos};
use bulkhead_runtime::{Clock, Mailbox, config};

/// Serves a device for ever. `peer` makes what the device exchanges data with.
///
/// # Panics
/// The committed state is of no valid device. The supervisor reports it.
pub fn serve<D: Device>(peer: impl FnOnce(&D::Config) -> D::Peer) -> ! {
    let settings: D::Config = config::config();
    let clock = Clock::system();
    let now = Nanos(clock.nanos(bulkhead_runtime::time::now()));
    let Ok(mut instance) = Instance::<D>::start(&settings, peer(&settings), config::committed(), now) else {
        panic!("the committed state does not validate");
    };
    let stamp = |wake: Option<Nanos>| wake.map_or(0, |at| clock.stamp(at.0));
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(stamp(instance.wake()));
    loop {
        let now = Nanos(clock.nanos(event.now));
        let ending = instance.handle(event, now);
        event = mailbox.commit_reply_recv(ending.reply, ending.status, &ending.consequences, stamp(ending.wake));
    }
}
