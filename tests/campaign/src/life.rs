//! One life of a device server, with its type forgotten: an event in, what it wants committed out.

use crate::sabotage::Sabotaged;
use bulkhead_abi::message::Event;
use bulkhead_abi::msi::Msi;
use bulkhead_abi::syscall::Status;
use vdev::{Device, Instance, Nanos};

/// What a server hands to the core at the end of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) reply: Vec<u8>,
    pub(crate) status: Status,
    /// Mask, levels, pulses.
    pub(crate) lines: (u64, u64, u64),
    pub(crate) notify: u64,
    pub(crate) interrupts: Vec<Msi>,
    pub(crate) patch: Option<(u32, Vec<u8>, u32)>,
    pub(crate) wake: Option<Nanos>,
}

/// A life.
pub(crate) trait Life {
    fn handle(&mut self, event: &Event, now: Nanos) -> Ended;
    fn wake(&self) -> Option<Nanos>;
}

impl<D: Device<Config: Clone>> Life for Instance<Sabotaged<D>> {
    fn handle(&mut self, event: &Event, now: Nanos) -> Ended {
        let ending = Self::handle(self, event, now);
        let consequences = ending.consequences;
        Ended {
            reply: ending.reply.to_vec(),
            status: ending.status,
            lines: consequences.lines,
            notify: consequences.notify,
            interrupts: consequences.interrupts.to_vec(),
            patch: consequences.patch.map(|(offset, bytes, total)| (offset, bytes.to_vec(), total)),
            wake: ending.wake,
        }
    }

    fn wake(&self) -> Option<Nanos> {
        Self::wake(self)
    }
}

/// How a server's lives begin: from the committed state or without one; `None` if the state is of no device.
pub(crate) type Start = Box<dyn Fn(Option<&[u8]>, Nanos) -> Option<Box<dyn Life>>>;

/// The start of a device server with this configuration; `peer` makes what each life exchanges data with.
pub(crate) fn start<D>(config: D::Config, peer: impl Fn() -> D::Peer + 'static) -> Start
where
    D: Device<Config: Clone + 'static, Peer: 'static> + 'static,
{
    Box::new(move |committed, now| {
        let instance = Instance::<Sabotaged<D>>::start(&config, peer(), committed, now).ok()?;
        Some(Box::new(instance))
    })
}
