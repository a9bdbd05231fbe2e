//! Clients: actors that wait for a server. A task is one in `call`, a vCPU in an exit.

use super::{System, UnderWay};
use bulkhead_abi::limits::MAX_LEASES;
use bulkhead_abi::message::Lease;
use bulkhead_model::sched::ActorId;

/// What an actor has asked of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calling {
    /// The server.
    pub(crate) server: u16,
    /// Interface and badge of the slot.
    pub(crate) interface: u16,
    pub(crate) badge: u16,
    /// Bytes of the request, and how many leases come with it.
    pub(crate) length: u32,
    pub(crate) leases: u32,
    /// When a task's wait ends; 0 is never (vCPUs).
    pub(crate) deadline: u64,
    /// How long the server may take once it has received the request: the slot's bound, whatever the caller wants.
    pub(crate) patience: u64,
}

/// An actor as a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientState {
    /// What it waits for.
    pub(crate) calling: Option<Calling>,
    /// The server has received it.
    pub(crate) received: bool,
    /// Number of its event, once it was received, also if that life of the server has ended since; 0 before.
    pub(crate) token: u64,
    /// A life of the server has said that it cannot go on.
    pub(crate) given_up: bool,
    /// What it lends, as it said when it called.
    pub(crate) lent: [Lease; MAX_LEASES],
}

impl ClientState {
    pub(crate) const NONE: Self = Self {
        calling: None,
        received: false,
        token: 0,
        given_up: false,
        lent: [Lease { address: 0, length: 0, rights: 0 }; MAX_LEASES],
    };
}

impl System {
    /// Lines an actor up at a server, which may receive it at once. The actor must be blocked already.
    pub(crate) fn send(&mut self, client: ActorId, calling: Calling) {
        let server = calling.server;
        let deadline = calling.deadline;
        if let Some(state) = self.clients.get_mut(client.index()) {
            state.calling = Some(calling);
            state.received = false;
            state.token = 0;
            state.given_up = false;
        }
        self.senders.push_back(server, client.0);
        self.arm(self.scheduler.cpu(client), deadline);
        self.offer(server);
    }

    /// An actor waits no more. Its server must not have received the request, or have ended it.
    pub(crate) fn withdraw(&mut self, client: ActorId) {
        self.senders.remove(client.0);
        if let Some(state) = self.clients.get_mut(client.index()) {
            state.calling = None;
            state.received = false;
        }
    }

    /// An actor waits no more, whatever became of its request; if it is under way, its answer goes nowhere.
    pub(crate) fn abandon(&mut self, client: ActorId) {
        if let Some(ClientState { calling: Some(calling), received: true, .. }) =
            self.clients.get(client.index())
            && let Some(server) = self.tasks.get_mut(usize::from(calling.server))
            && server.under_way == UnderWay::Client(client)
        {
            server.under_way = UnderWay::Abandoned;
        }
        self.withdraw(client);
    }
}
