//! The 8254 and the ACPI PM timer of one VM, as a task.
#![no_std]
#![no_main]

fn main() -> ! {
    vdev::serve::<vtimer::Timer>(|_| ())
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: []);
