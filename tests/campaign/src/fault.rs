//! The faults that a campaign injects, and the servers that it injects them into. What the machine can inject too has
//! the same name there.

use bulkhead_abi::inject::InjectKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Death while the server waits for an event that is already there.
    BeforeReceive,
    /// Death with the event received and nothing done.
    AfterReceive,
    /// Death with everything done, calls to others included, and nothing committed.
    BeforeCommit,
    /// Death right after the commit, before the next event is received.
    AfterCommit,
    /// Death in a call to another server, which has not received it.
    WhileCalling,
    /// Death in a call to another server, which has carried it out; the answer is lost.
    AfterCall,
    /// Death with an event under way, and again at the start of the next life.
    InRestart,
    /// A panic in the device's code.
    Panic,
    /// The event never ends; the deadline of its client passes.
    Hang,
    /// The event ends after its deadline: the core has stopped the server already.
    LateReply,
    /// The reply to an exit is none: wrong length or unknown disposition; the reply to a request is garbage.
    WrongReply,
    /// The reply is longer than a message.
    OversizedReply,
    /// A second reply for an event that has ended.
    StaleReply,
    /// A commit out of bounds or beyond the server's rights: patch, lines, messages, notifications.
    WrongCommit,
    /// A bit of the reply is wrong.
    FlipReply,
    /// A bit of the server's own memory is wrong before it handles an event.
    FlipMemory,
    /// A bit of the commit's patch is wrong.
    FlipCommit,
    /// A signal is swallowed. No path of the core does that; what would follow is measured.
    LostNotification,
    /// A signal's notification bits are delivered twice.
    DoubledNotification,
    /// The server calls whom it may call without end until its deadline passes; one that may call nobody is flooded
    /// itself.
    FloodCalls,
}

/// What is promised of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// Contained, and the guest sees nothing but a pause.
    Exact,
    /// Contained. Wrong data from a server that keeps all rules cannot be told from right data.
    Contained,
    /// Contained. The core has no such fault; the effect is measured, not promised.
    Measured,
}

impl FaultKind {
    /// All.
    pub const ALL: [Self; 20] = [
        Self::BeforeReceive,
        Self::AfterReceive,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::WhileCalling,
        Self::AfterCall,
        Self::InRestart,
        Self::Panic,
        Self::Hang,
        Self::LateReply,
        Self::WrongReply,
        Self::OversizedReply,
        Self::StaleReply,
        Self::WrongCommit,
        Self::FlipReply,
        Self::FlipMemory,
        Self::FlipCommit,
        Self::LostNotification,
        Self::DoubledNotification,
        Self::FloodCalls,
    ];

    /// What is promised.
    #[must_use]
    pub const fn promise(self) -> Promise {
        match self {
            Self::FlipReply | Self::FlipMemory | Self::FlipCommit => Promise::Contained,
            Self::LostNotification => Promise::Measured,
            _ => Promise::Exact,
        }
    }

    /// Can this server have this fault?
    #[must_use]
    pub const fn fits(self, server: Server) -> bool {
        match self {
            Self::WhileCalling | Self::AfterCall => matches!(server, Server::Vuart | Server::Emulator),
            Self::LostNotification => {
                matches!(server, Server::Vuart | Server::Vioapic | Server::Vpic)
            }
            // The emulator commits nothing, and nothing but exits and requests comes to it.
            Self::WrongCommit | Self::FlipCommit | Self::StaleReply | Self::DoubledNotification => {
                !matches!(server, Server::Emulator)
            }
            _ => true,
        }
    }

    /// The same fault on the machine; `None` for what only the bench can hit.
    #[must_use]
    pub fn on_machine(self) -> Option<InjectKind> {
        let name = self.to_string();
        InjectKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.to_string() == name)
    }
}

/// A server of the VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// 16550A.
    Vuart,
    /// PCI host bridge.
    Vpci,
    /// I/O APIC.
    Vioapic,
    /// 8259A pair.
    Vpic,
    /// 8254 and PM timer.
    Vtimer,
    /// MC146818.
    Vrtc,
    /// Power control.
    Vpower,
    /// Instruction emulator.
    Emulator,
}

impl Server {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Vuart,
        Self::Vpci,
        Self::Vioapic,
        Self::Vpic,
        Self::Vtimer,
        Self::Vrtc,
        Self::Vpower,
        Self::Emulator,
    ];

    /// The server with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|server| server.to_string() == name)
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

fn write_name(value: &impl Serialize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = serde_json::to_value(value).ok();
    f.pad(name.as_ref().and_then(serde_json::Value::as_str).unwrap_or("?"))
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(self, f)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(self, f)
    }
}
