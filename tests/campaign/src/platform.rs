//! The VM's wiring as manifests expand it: who answers where, who owns which line, who may call whom.

use crate::console_end::{ConsoleEnd, ConsoleLink};
use crate::fault::Server;
use crate::life::start;
use crate::task::Task;
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_protocol::config::{
    InsnEmulator, MmioTarget, PortTarget, Ports, Vioapic, Vpci, Vpic, Vpower, Vrtc, Vtimer, Vuart, Window,
};
use bulkhead_protocol::platform::{
    ECAM, ECAM_BUSES, INTR_LINE, IO_APIC, IO_APIC_PINS, PM_TIMER, PM1A_CONTROL, PM1A_EVENT, RTC_LINE,
    SCI_LINE, SERIAL, TIMER_LINE,
};
use bulkhead_protocol::stream::Client;
use std::cell::RefCell;
use std::rc::Rc;
use vuart::StreamPeer;

/// Time of day when the system boots.
const EPOCH: u64 = 1_800_000_000;
/// The power device's slot for the VM manager.
const MANAGER: Slot = Slot(3);
/// Bytes of the guest's RAM.
pub(crate) const RAM: usize = 0x8000;

/// Ports and who answers there.
const PORTS: [(u16, u16, Server); 15] = [
    (SERIAL[0].0, SERIAL[0].0 + 7, Server::Vuart),
    (0xcf8, 0xcf8, Server::Vpci),
    (0xcfa, 0xcff, Server::Vpci),
    (0x20, 0x21, Server::Vpic),
    (0xa0, 0xa1, Server::Vpic),
    (0x4d0, 0x4d1, Server::Vpic),
    (0x40, 0x43, Server::Vtimer),
    (0x61, 0x61, Server::Vtimer),
    (PM_TIMER, PM_TIMER + 3, Server::Vtimer),
    (0x70, 0x71, Server::Vrtc),
    (PM1A_EVENT, PM1A_EVENT + 5, Server::Vpower),
    (0xcf9, 0xcf9, Server::Vpower),
    (0x60, 0x60, Server::Vpower),
    (0x64, 0x64, Server::Vpower),
    (0x92, 0x92, Server::Vpower),
];

const WINDOWS: [(u64, u64, Server); 2] =
    [(ECAM, (ECAM_BUSES as u64) << 20, Server::Vpci), (IO_APIC, 0x1000, Server::Vioapic)];

/// All ranges of ports.
pub(crate) fn port_ranges() -> impl Iterator<Item = (u16, u16)> {
    PORTS.into_iter().map(|(first, last, _)| (first, last))
}

/// Who answers at a port.
pub(crate) fn route(port: u16) -> Option<Server> {
    PORTS.iter().find(|(first, last, _)| (*first..=*last).contains(&port)).map(|(.., server)| *server)
}

/// The ports of one server.
pub(crate) fn port_handlers(server: Server) -> impl Iterator<Item = Ports> {
    PORTS
        .into_iter()
        .filter(move |(.., other)| *other == server)
        .map(|(first, last, _)| Ports { first, last })
}

/// The windows of one server.
pub(crate) fn windows(server: Server) -> impl Iterator<Item = Window> {
    let own = WINDOWS.into_iter().filter(move |(.., other)| *other == server);
    own.map(|(base, length, _)| Window { base, length })
}

/// The server behind a call slot of the emulator.
pub(crate) fn server(slot: Slot) -> Server {
    Server::ALL[slot.index()]
}

fn slot(server: Server) -> Slot {
    Slot(u16::try_from(server.index()).unwrap_or(0))
}

/// The emulator's configuration.
pub(crate) fn emulator() -> InsnEmulator {
    InsnEmulator {
        vm: VmId(0),
        vm_slot: Slot(30),
        memory: RAM as u64,
        rom: 0,
        windows: WINDOWS
            .into_iter()
            .map(|(base, length, target)| MmioTarget {
                window: Window { base, length },
                server: slot(target),
            })
            .collect(),
        ports: PORTS
            .into_iter()
            .map(|(first, last, target)| PortTarget { ports: Ports { first, last }, server: slot(target) })
            .collect(),
    }
}

/// The device servers, in the order of [`Server`].
pub(crate) fn tasks(console: &Rc<RefCell<ConsoleEnd>>) -> Vec<Task> {
    let link = ConsoleLink(console.clone());
    let (base, line) = SERIAL[0];
    let vuart = Vuart { base, line, stream: Some(Slot(0)) };
    let vpci = Vpci { ecam: Window { base: WINDOWS[0].0, length: WINDOWS[0].1 } };
    let vpower =
        Vpower { pm1_event: PM1A_EVENT, pm1_control: PM1A_CONTROL, sci_line: SCI_LINE, manager: MANAGER };
    let mut tasks = vec![
        Task::new(
            start::<vuart::Uart<StreamPeer<ConsoleLink>>>(vuart, move || {
                Some(StreamPeer(Client::new(link.clone(), Slot(0))))
            }),
            1 << line,
        ),
        Task::new(start::<vpci::HostBridge>(vpci, || ()), 0),
        Task::new(start::<vioapic::Vioapic>(Vioapic { base: IO_APIC, pins: IO_APIC_PINS }, || ()), 0),
        Task::new(start::<vpic::Vpic>(Vpic { output_line: INTR_LINE }, || ()), 1 << INTR_LINE),
        Task::new(
            start::<vtimer::Timer>(Vtimer { line: TIMER_LINE, pm_timer: PM_TIMER }, || ()),
            1 << TIMER_LINE,
        ),
        Task::new(
            start::<vrtc::Rtc>(Vrtc { line: RTC_LINE, epoch: EPOCH, memory: 2 << 20 }, || ()),
            1 << RTC_LINE,
        ),
        Task::new(start::<vpower::Power>(vpower, || ()), 1 << SCI_LINE),
    ];
    for listener in [Server::Vioapic, Server::Vpic] {
        tasks[listener.index()].hears_lines = true;
    }
    tasks[Server::Vpower.index()].slots = 1 << MANAGER.0;
    tasks
}
