//! Carries out the effects of a row of the table.

use crate::order::Order;
use crate::platform::Platform;
use crate::record::{Instance, Record};
use crate::table::{Effect, UNDO};
use bulkhead_abi::id::Slot;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{Route, RouteSpace};
use bulkhead_protocol::CallError;
use bulkhead_protocol::config::{FailurePolicy, ServerPlan};
use bulkhead_protocol::registry::{Refusal, ResetKind};

/// Carries out one effect.
///
/// # Errors
/// What failed; whatever the effect did before stays done.
pub(crate) fn carry_out<P: Platform>(
    effect: Effect,
    record: &mut Record<'_>,
    order: Order,
    loader: Slot,
    platform: &mut P,
) -> Result<(), Refusal> {
    let slot = record.plan.slot;
    let kind = order.reset;
    match effect {
        Effect::Stop => platform.vm_stop(slot).map_err(core_refusal),
        Effect::Quiesce => {
            for (place, server) in (0..=u8::MAX).zip(record.servers) {
                if !record.lost.contains(place) {
                    platform.server_quiesce(server.slot).map_err(|_| Refusal::Server(place))?;
                }
            }
            Ok(())
        }
        Effect::ResetCore => {
            let mark = record.mark.next(record.definition, record.number, order);
            platform.vm_reset(slot, kind, mark).map_err(core_refusal)?;
            record.mark = mark;
            Ok(())
        }
        Effect::ResetServers => {
            record.clock_is_set &= kind == ResetKind::Warm;
            (0..=u8::MAX)
                .zip(record.servers)
                .try_for_each(|(place, server)| reset_server(place, server, record, kind, platform))
        }
        Effect::QuietServers => {
            for (place, server) in (0..=u8::MAX).zip(record.servers) {
                if !record.lost.contains(place) {
                    let _ = platform.server_reset(server.slot, kind);
                }
            }
            Ok(())
        }
        Effect::InstallRoutes => install_routes(record, platform).map_err(core_refusal),
        Effect::InstallCpuid => platform.vm_cpuid(slot, &record.cpuid).map_err(core_refusal),
        Effect::LoadImages => {
            record.loader.entry = None;
            let entry = platform.load(loader, record.vm, record.definition, kind);
            let entry = entry.map_err(|error| core_refusal(status_of(error)))?;
            record.loader.entry = Some(entry.map_err(Refusal::Image)?);
            Ok(())
        }
        Effect::SetClock => {
            set_clock(record, platform);
            Ok(())
        }
        // Without one of its servers the VM would stand still at the first access.
        Effect::Run if record.lost.first().is_some() => {
            Err(Refusal::Server(record.lost.first().unwrap_or(u8::MAX)))
        }
        Effect::Run => platform.vm_run(slot).map_err(core_refusal),
        // A VM without a power device cannot hear the button.
        Effect::PressPowerButton => match record.power {
            Some(power) => platform.press_power_button(power.slot).map_err(|_| Refusal::Server(power.place)),
            None => Err(Refusal::Server(u8::MAX)),
        },
        Effect::EndPostLaunched => Ok(()),
    }
}

/// A guest with a wrong date is better than none, so nothing fails here.
fn set_clock<P: Platform>(record: &mut Record<'_>, platform: &mut P) {
    let wanted = record.plan.host_clock && !core::mem::replace(&mut record.clock_is_set, true);
    let Some(clock) = record.clock.filter(|clock| wanted && !record.lost.contains(clock.place)) else {
        return;
    };
    match platform.time_of_day() {
        Some(seconds) => {
            if let Err(error) = platform.set_clock(clock.slot, seconds) {
                platform.log(format_args!("vm {}: its clock was not set: {error:?}", record.name));
            }
        }
        None => {
            platform.log(format_args!("vm {}: the machine's clock does not say what time it is", record.name))
        }
    }
}

/// Takes back a build that failed half-way, as far as that goes.
pub(crate) fn undo<P: Platform>(record: &mut Record<'_>, order: Order, loader: Slot, platform: &mut P) {
    let order = Order { reset: ResetKind::Cold, ..order };
    for effect in UNDO {
        let _ = carry_out(*effect, record, order, loader, platform);
    }
    record.loader.entry = None;
}

/// Resets a server's device. One that does not answer is lost, and nobody has said so yet, or it waits for its next life for
/// longer than a call is tried: then it begins anew, which is no more than a reset. Unless its loss is to switch the VM off.
fn reset_server<P: Platform>(
    place: u8,
    server: &ServerPlan,
    record: &mut Record<'_>,
    kind: ResetKind,
    platform: &mut P,
) -> Result<(), Refusal> {
    if !record.lost.contains(place) {
        if platform.server_reset(server.slot, kind).is_ok() {
            return Ok(());
        }
        let failure = platform.next_failure(server.task).ok().flatten();
        let is_given_up = failure.is_some_and(|failure| failure.task == server.task && !failure.revived);
        if is_given_up && server.on_failure == FailurePolicy::PowerOffVm {
            return Err(Refusal::Server(place));
        }
    }
    start_anew(place, record, platform)
}

/// Starts a lost server without its committed state and puts its device, lines included, into the power-on state.
///
/// # Errors
/// It does not come to life.
pub(crate) fn start_anew<P: Platform>(
    place: u8,
    record: &mut Record<'_>,
    platform: &mut P,
) -> Result<(), Refusal> {
    let lost = Refusal::Server(place);
    let server = record.servers.get(usize::from(place)).ok_or(lost)?;
    // A server that does not stay dead needs no help: whether it lives, the reset tells.
    let _ = platform.revive(server.task);
    platform.server_reset(server.slot, ResetKind::Cold).map_err(|_| lost)?;
    record.lost.remove(place);
    Ok(())
}

fn install_routes<P: Platform>(record: &Record<'_>, platform: &mut P) -> Result<(), Status> {
    let slot = record.plan.slot;
    for handler in &record.port_handlers {
        let (first, last) = (handler.ports.first, handler.ports.last);
        platform.vm_route(slot, &route(RouteSpace::Port, first, last, handler.server))?;
    }
    if let Some(emulator) = record.emulator {
        platform.vm_route(slot, &route(RouteSpace::Undecoded, 0, 0, emulator))?;
    }
    if let Some(pic) = record.pic {
        platform.vm_route(slot, &route(RouteSpace::InterruptAcknowledge, 0, 0, pic))?;
    }
    Ok(())
}

const fn route(space: RouteSpace, first: u16, last: u16, server: Instance) -> Route {
    Route { space: space as u32, first, last, target: server.slot, reserved: [0; 3] }
}

pub(crate) fn core_refusal(status: Status) -> Refusal {
    // All statuses are below 256: see the test.
    Refusal::Core(u8::try_from(status as u32).unwrap_or(u8::MAX))
}

pub(crate) const fn status_of(error: CallError) -> Status {
    match error {
        CallError::PeerDied(_) => Status::PeerDied,
        CallError::PeerDead => Status::PeerDead,
        CallError::DeadlinePassed => Status::DeadlinePassed,
        CallError::Refused | CallError::BadReply => Status::Malformed,
        CallError::Core(status) => status,
    }
}

#[cfg(test)]
mod tests;
