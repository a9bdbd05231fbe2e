//! Where a task begins and how it ends.

use crate::log::Line;
use crate::page;
use crate::raw::system_call;
use bulkhead_abi::limits::MAX_LOG_LINE;
use bulkhead_abi::syscall::Syscall;
use core::fmt::Write;

/// An interface of a task, as the image builder reads it from the section `.bulkhead.schemas`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct SchemaEntry {
    /// Interface identifier.
    pub interface: u16,
    /// 0: this task calls; 1: this task serves.
    pub role: u16,
    /// Zero.
    pub reserved: u32,
    /// Schema hash.
    pub schema: u64,
}

/// Makes a program a task: its entry, its panic handler, what the compiler expects of a C library, and the list of
/// interfaces that it serves and calls.
///
/// `bulkhead_runtime::task!(main, serves: [stream], calls: [device, bus]);` with `fn main() -> !`. The interfaces are
/// modules of `bulkhead_protocol`.
#[macro_export]
macro_rules! task {
    ($main:path, serves: [$($serves:ident),* $(,)?], calls: [$($calls:ident),* $(,)?]) => {
        $crate::freestanding!();

        #[unsafe(link_section = ".bulkhead.schemas")]
        #[used]
        static SCHEMAS: [$crate::SchemaEntry; 0 $(+ { let _ = $crate::protocol::$serves::ID; 1 })* $(+ { let _ = $crate::protocol::$calls::ID; 1 })*] = [
            $($crate::SchemaEntry {
                interface: $crate::protocol::$serves::ID,
                role: 1,
                reserved: 0,
                schema: $crate::protocol::$serves::SCHEMA,
            },)*
            $($crate::SchemaEntry {
                interface: $crate::protocol::$calls::ID,
                role: 0,
                reserved: 0,
                schema: $crate::protocol::$calls::SCHEMA,
            },)*
        ];

        /// Where the core enters this program.
        #[unsafe(no_mangle)]
        #[unsafe(link_section = ".text._start")]
        extern "C" fn _start() -> ! {
            $crate::begin();
            $main()
        }

        #[panic_handler]
        fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
            $crate::panicked(info)
        }
    };
}

/// Prepares the runtime; the first thing that a task does.
pub fn begin() {
    crate::log::start();
}

/// Tells the core about a panic; the core stops the task.
pub fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    let mut line = Line { bytes: [0; MAX_LOG_LINE], used: 0 };
    let _ = match info.location() {
        Some(place) => write!(line, "{} ({}:{})", info.message(), place.file(), place.line()),
        None => write!(line, "{}", info.message()),
    };
    page::with(|page| page.send.log = line.bytes);
    loop {
        let _ = system_call(Syscall::Panic, [line.used as u64, 0, 0, 0, 0]);
    }
}
