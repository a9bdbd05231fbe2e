//! The message page as this task sees it.

use bulkhead_abi::layout::{MESSAGE_PAGE, START_INFO, StartInfo};
use bulkhead_abi::message::MessagePage;

/// The page. Only this task and the core touch it, and the core only during a system call.
pub(crate) fn pointer() -> *mut MessagePage {
    MESSAGE_PAGE as *mut MessagePage
}

/// Lets `f` use the page. `f` must not make system calls: the core writes to the page then.
pub(crate) fn with<R>(f: impl FnOnce(&mut MessagePage) -> R) -> R {
    // SAFETY: the core maps the page, writable and zeroed, before the task starts; the task has one thread; no other
    // reference is alive, because every use goes through here (or through `Mailbox`, which only hands out the event
    // field) and none makes a system call while it holds the reference.
    let page = unsafe { &mut *pointer() };
    f(page)
}

/// What the core told this life at its start.
pub(crate) fn start_info() -> &'static StartInfo {
    // SAFETY: the core maps this page read-only with a valid StartInfo before the task starts and never changes it
    // during a life.
    unsafe { &*(START_INFO as *const StartInfo) }
}
