//! The real-time clock of one VM, as a task.
#![no_std]
#![no_main]

fn main() -> ! {
    vdev::serve::<vrtc::Rtc>(|_| ())
}

bulkhead_runtime::task!(main, serves: [device, bus, inspect], calls: []);
