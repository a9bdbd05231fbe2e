//! The I/O APIC of one VM, as a task.
#![no_std]
#![no_main]

fn main() -> ! {
    vdev::serve::<vioapic::Vioapic>(|_| ())
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: []);
