//! A serial port of one VM, as a task.
#![no_std]
#![no_main]

use bulkhead_protocol::stream::Client;
use bulkhead_runtime::Kernel;
use vuart::{StreamPeer, Uart};

fn main() -> ! {
    vdev::serve::<Uart<StreamPeer<Kernel>>>(|config| {
        config.console.map(|console| StreamPeer(Client::new(Kernel, console)))
    })
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: [stream]);
