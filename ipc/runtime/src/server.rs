//! Small pieces that every server loop needs.

use bulkhead_abi::exit::VcpuExit;
use bulkhead_abi::message::{EVENT_REPEAT, Event};
use bulkhead_protocol::Caller;
use zerocopy::FromBytes;

/// The request or exit bytes of an event.
#[must_use]
pub fn message(event: &Event) -> &[u8] {
    usize::try_from(event.length).ok().and_then(|length| event.message.get(..length)).unwrap_or(&[])
}

/// Who sent the event's request.
#[must_use]
pub const fn caller(event: &Event) -> Caller {
    Caller { badge: event.badge, token: event.token, repeat: event.flags & EVENT_REPEAT != 0 }
}

/// The exit that an event of that kind carries.
#[must_use]
pub fn exit(event: &Event) -> Option<VcpuExit> {
    VcpuExit::read_from_bytes(message(event)).ok()
}
