//! What a guest, and the hardware around it, has seen of one step of the guest.

use crate::fault::Server;
use crate::task::Signals;
use bulkhead_abi::message::LineChange;
use bulkhead_protocol::platform::INTR_LINE;

/// All lines but the 8259A's output. That one follows from the others and from when the chip looks at them: a level that
/// came and went while its server was dead leaves no trace on it, and none that a CPU could have seen. What it leads to is
/// in vectors, messages and levels.
const DEVICES: u64 = !(1 << INTR_LINE);

/// One step. Two runs are equal for the guest if all their steps are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpTrace {
    /// What the guest did.
    pub name: &'static str,
    /// Values that the guest read, registers after emulated instructions included.
    pub values: Vec<u64>,
    /// Vectors that the 8259A gave.
    pub vectors: Vec<u64>,
    /// Interrupt messages: address, data.
    pub messages: Vec<(u32, u32)>,
    /// Edges of the devices' lines: line, rose, fell; in order for each line.
    pub edges: Vec<(u32, bool, bool)>,
    /// Levels of all lines after the step.
    pub levels: u64,
    /// What the I/O APIC and the 8259A pair have consumed of the devices' lines: rose, fell, and EOIs.
    pub heard: [(u64, u64, [u64; 4]); 2],
    /// Bytes that came out of the console.
    pub output: Vec<u8>,
    /// Notifications to the VM manager.
    pub manager: u64,
    /// Power requests that the manager took.
    pub power: Vec<u8>,
}

impl OpTrace {
    pub(crate) fn edges(&mut self, lines: LineChange) {
        let changed = (lines.rose | lines.fell) & DEVICES;
        for line in (0..64).filter(|line| changed >> line & 1 != 0) {
            self.edges.push((line, lines.rose >> line & 1 != 0, lines.fell >> line & 1 != 0));
        }
    }

    pub(crate) fn hear(&mut self, server: Server, signals: &Signals) {
        let (rose, fell, eoi) = &mut self.heard[usize::from(server == Server::Vpic)];
        *rose |= signals.lines.rose & DEVICES;
        *fell |= signals.lines.fell & DEVICES;
        for (to, from) in eoi.iter_mut().zip(signals.eoi) {
            *to |= from;
        }
    }

    /// The first difference to another run's step, in words.
    #[must_use]
    pub fn difference(&self, seen: &Self) -> String {
        let at = |name: &str, wanted: &[String], seen: &[String]| {
            let same = wanted.iter().zip(seen).take_while(|(a, b)| a == b).count();
            let show = |all: &[String]| all.get(same).cloned().unwrap_or("nothing".to_owned());
            (wanted != seen).then(|| format!("{name} {same}: {} instead of {}", show(seen), show(wanted)))
        };
        let fields = |trace: &Self| {
            let words = |values: &[u64]| values.iter().map(|value| format!("{value:#x}")).collect();
            let debug = |value: &dyn std::fmt::Debug| vec![format!("{value:?}")];
            [
                ("value", words(&trace.values)),
                ("vector", words(&trace.vectors)),
                ("message", trace.messages.iter().map(|message| format!("{message:x?}")).collect()),
                ("edge", trace.edges.iter().map(|edge| format!("{edge:?}")).collect()),
                ("levels", words(&[trace.levels])),
                ("controllers", debug(&trace.heard)),
                ("output", trace.output.iter().map(|byte| format!("{byte:#x}")).collect()),
                ("manager", debug(&(trace.manager, &trace.power))),
            ]
        };
        let pairs = fields(self).into_iter().zip(fields(seen));
        let found: Vec<_> = pairs.filter_map(|((name, a), (_, b))| at(name, &a, &b)).collect();
        format!("{}: {}", self.name, found.join("; "))
    }

    /// Ends the step: what has no order among servers gets one.
    pub(crate) fn finish(&mut self) {
        self.edges.sort_by_key(|(line, ..)| *line);
    }
}
