//! The power control of one VM, as a task.
#![no_std]
#![no_main]

fn main() -> ! {
    vdev::serve::<vpower::Power>(|_| ())
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: []);
