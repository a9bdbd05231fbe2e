//! A serial port of one VM, as a task.
#![no_std]
#![no_main]

use bulkhead_protocol::stream::Client;
use bulkhead_runtime::Kernel;
use vuart::{StreamPeer, Uart};

fn main() -> ! {
    vdev::serve::<Uart<StreamPeer<Kernel>>>(|config| {
        config.stream.map(|stream| StreamPeer(Client::new(Kernel, stream)))
    })
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: [stream]);
