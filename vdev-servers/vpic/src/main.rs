//! The 8259A pair of one VM, as a task.
#![no_std]
#![no_main]

fn main() -> ! {
    vdev::serve::<vpic::Vpic>(|_| ())
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: []);
