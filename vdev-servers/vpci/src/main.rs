//! The PCI host bridge of one VM, as a task.
#![no_std]
#![no_main]

fn main() -> ! {
    vdev::serve::<vpci::HostBridge>(|_| ())
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: []);
