//! `lease_read`, `lease_write`: bulk data that a blocked caller lent.

use super::Arguments;
use crate::memory::direct;
use crate::system::{System, UnderWay};
use bulkhead_abi::limits::{MAX_LEASE_TRANSFER, MAX_LEASES};
use bulkhead_abi::syscall::Status;
use bulkhead_model::sched::ActorKind;

/// Right bits of a lease.
const READ: u32 = 1;
const WRITE: u32 = 2;

impl System {
    /// Contract: a task's request is under way, it came with this lease, which has the right and the length; the own
    /// range is in the own program or stack, and writable if it is written to. At most 4096 bytes.
    pub(super) fn lease(
        &mut self,
        task: u16,
        [lease, offset, address, length, _]: Arguments,
        to_caller: bool,
    ) -> Result<u64, Status> {
        let server = self.tasks.get(usize::from(task)).ok_or(Status::BadArgument)?;
        let UnderWay::Client(client) = server.under_way else { return Err(Status::NothingUnderWay) };
        let ActorKind::Task(caller) = client.kind() else { return Err(Status::NothingUnderWay) };
        let state = self.clients.get(client.index()).ok_or(Status::NothingUnderWay)?;
        let lent = state.calling.map_or(0, |calling| calling.leases as usize);
        let index = usize::try_from(lease).unwrap_or(MAX_LEASES);
        let lease = state.lent.get(index).filter(|_| index < lent).ok_or(Status::BadArgument)?;
        let right = if to_caller { WRITE } else { READ };
        if lease.rights & right == 0 {
            return Err(Status::NoRight);
        }
        if length > MAX_LEASE_TRANSFER as u64
            || offset.checked_add(length).is_none_or(|end| end > u64::from(lease.length))
        {
            return Err(Status::BadArgument);
        }
        let lent_at = lease.address.checked_add(offset).ok_or(Status::BadAddress)?;
        let theirs = self
            .tasks
            .get(usize::from(caller))
            .and_then(|caller| caller.memory.locate(lent_at, length, to_caller))
            .ok_or(Status::PeerDead)?;
        let own = server.memory.locate(address, length, !to_caller).ok_or(Status::BadAddress)?;
        let (from, to) = if to_caller { (own, theirs) } else { (theirs, own) };
        let count = usize::try_from(length).map_err(|_| Status::BadArgument)?;
        // SAFETY: both ranges were checked to lie in the memory of a task, which is in the arena; `copy` allows that
        // they overlap.
        unsafe { core::ptr::copy(direct::<u8>(from), direct::<u8>(to), count) };
        Ok(length)
    }
}
