//! The life of a VM as data: which request leads from where to where, for whom, and what has to be done.
//!
//! A combination of state and request that has no row here does not exist: [`plan`] refuses it and says why.

use bulkhead_protocol::registry::{Refusal, States, VmKind, VmRequest, VmState};

/// Which VMs take a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// All.
    AnyKind,
    /// Post-launched ones.
    PostLaunchedOnly,
}

impl Guard {
    const fn admits(self, kind: VmKind) -> bool {
        match self {
            Self::AnyKind => true,
            Self::PostLaunchedOnly => matches!(kind, VmKind::PostLaunched),
        }
    }
}

/// Where a row leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// To this state, which is published after the last effect.
    State(VmState),
    /// Out of the registry: the record is gone and its identifier is not used again in this boot.
    Gone,
}

/// One step of a row. All can be repeated without harm: a manager that died in the middle starts the row again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A service VM takes all post-launched VMs down before itself; nothing for other kinds.
    EndPostLaunched,
    /// The core holds all vCPUs, and the VM's time stands still.
    Stop,
    /// Every device server has done what was asked of it.
    Quiesce,
    /// The core puts vCPUs, lines, local APICs and routes into their power-on state.
    ResetCore,
    /// Every device server goes into its power-on state.
    ResetServers,
    /// The same, as far as the servers answer: a dead server cannot keep a VM from being switched off.
    QuietServers,
    /// Accesses find their servers.
    InstallRoutes,
    /// The guest finds its CPU.
    InstallCpuid,
    /// The loader puts the images into memory and sets the first vCPU's registers.
    LoadImages,
    /// After a cold reset the real-time clock is told the time of day, if it is to show that.
    SetClock,
    /// The vCPUs run.
    Run,
    /// The guest is asked to power itself off.
    PressPowerButton,
}

/// What an effect leaves behind that fails in the second phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The VM stays where it was.
    Stay,
    /// [`UNDO`] is carried out and the VM is powered off.
    PowerOff,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Where the VM is.
    pub from: VmState,
    /// What is asked.
    pub request: VmRequest,
    /// Of whom it can be asked.
    pub guard: Guard,
    /// First phase, in this order: vCPUs and servers come to rest. If one does not, a VM that ran goes on and stays where
    /// it was.
    pub prepare: &'static [Effect],
    /// Second phase, in this order: what cannot be taken back.
    pub commit: &'static [Effect],
    /// What follows if a step of the second phase fails.
    pub on_failure: OnFailure,
    /// Where the VM is afterwards.
    pub next: Next,
}

/// What takes back a build that failed half-way. Carried out as far as it goes.
pub const UNDO: &[Effect] = &[Effect::Stop, Effect::QuietServers, Effect::ResetCore];

// Lines are the core's, so it is reset before the servers set them anew; images come last because the loader writes
// the registers that the core has just reset.
const BUILD: &[Effect] = &[
    Effect::ResetCore,
    Effect::ResetServers,
    Effect::InstallRoutes,
    Effect::InstallCpuid,
    Effect::LoadImages,
];
// The core's first reset is the point of no return, by which recovery knows a VM that was taken apart; the second one
// wipes what servers do to their lines on the way down.
const SWITCH_OFF: &[Effect] = &[Effect::ResetCore, Effect::QuietServers, Effect::ResetCore];
// What a VM that is taken apart has under way is of no more use, so its servers need not come to rest.
const TAKE_DOWN: &[Effect] = &[Effect::EndPostLaunched, Effect::Stop];

const fn row(
    from: VmState,
    request: VmRequest,
    prepare: &'static [Effect],
    commit: &'static [Effect],
    on_failure: OnFailure,
    next: VmState,
) -> Row {
    Row { from, request, guard: Guard::AnyKind, prepare, commit, on_failure, next: Next::State(next) }
}

/// The table.
///
/// A paused guest that is asked to shut down finds the power button pressed when it goes on; a guest that has not run
/// cannot be asked. The answer to the button is the guest's S5, so the asking itself moves nothing.
pub const TABLE: &[Row] = &{
    use OnFailure::{PowerOff as ThenOff, Stay};
    use VmRequest::{AskShutdown, Create, Destroy, Pause, Reset, Resume, Shutdown, Start};
    use VmState::{Created, Paused, PoweredOff, Started};
    [
        row(PoweredOff, Create, &[], BUILD, ThenOff, Created),
        row(Created, Start, &[], &[Effect::SetClock, Effect::Run], Stay, Started),
        row(Started, Pause, &[Effect::Stop, Effect::Quiesce], &[], Stay, Paused),
        row(Paused, Resume, &[], &[Effect::Run], Stay, Started),
        row(Started, Reset, TAKE_DOWN, BUILD, ThenOff, Created),
        row(Paused, Reset, TAKE_DOWN, BUILD, ThenOff, Created),
        row(Created, Shutdown, TAKE_DOWN, SWITCH_OFF, ThenOff, PoweredOff),
        row(Started, Shutdown, TAKE_DOWN, SWITCH_OFF, ThenOff, PoweredOff),
        row(Paused, Shutdown, TAKE_DOWN, SWITCH_OFF, ThenOff, PoweredOff),
        row(Started, AskShutdown, &[], &[Effect::PressPowerButton], Stay, Started),
        row(Paused, AskShutdown, &[], &[Effect::PressPowerButton], Stay, Paused),
        Row {
            from: PoweredOff,
            request: Destroy,
            guard: Guard::PostLaunchedOnly,
            prepare: &[],
            commit: &[],
            on_failure: Stay,
            next: Next::Gone,
        },
    ]
};

/// The row for a request, if there is one.
///
/// # Errors
/// No row starts in this state, or its guard does not admit VMs of this kind.
pub fn plan(state: VmState, request: VmRequest, kind: VmKind) -> Result<&'static Row, Refusal> {
    // A request that a kind never takes is refused for that, wherever the VM is.
    if !TABLE.iter().any(|row| row.request == request && row.guard.admits(kind)) {
        return Err(Refusal::WrongKind { kind, request });
    }
    let mut rows = TABLE.iter().filter(|row| row.request == request && row.guard.admits(kind));
    let from = rows.clone().fold(States::default(), |states, row| states.with(row.from));
    rows.find(|row| row.from == state).ok_or(Refusal::WrongState { state, request, from })
}

#[cfg(test)]
mod book;
#[cfg(test)]
pub(crate) mod tests;
