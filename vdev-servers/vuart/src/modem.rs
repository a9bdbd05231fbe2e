//! Modem lines and their deltas (PC16550D, sections 8.7 and 8.8).

use crate::register::{Mcr, Msr};
use crate::state::State;

/// What the cable carries: a peer that is always there and always ready, so that no guest waits for it.
const CABLE: Msr = Msr::CTS.union(Msr::DSR).union(Msr::DCD);

impl State {
    /// The guest writes MCR; loopback ties its outputs to the inputs of MSR.
    pub(crate) fn write_modem_control(&mut self, value: u8) {
        let before = self.modem_lines();
        self.mcr = Mcr::from_bits_truncate(value).bits();
        let after = self.modem_lines();
        let changed = before ^ after;
        let mut deltas = self.deltas();
        deltas.set(Msr::DCTS, deltas.contains(Msr::DCTS) || changed.contains(Msr::CTS));
        deltas.set(Msr::DDSR, deltas.contains(Msr::DDSR) || changed.contains(Msr::DSR));
        deltas.set(Msr::DDCD, deltas.contains(Msr::DDCD) || changed.contains(Msr::DCD));
        // Ring counts only when it ends.
        deltas.set(Msr::TERI, deltas.contains(Msr::TERI) || before.difference(after).contains(Msr::RI));
        self.deltas = deltas.bits();
    }

    /// MSR; reading it clears the deltas.
    pub(crate) fn read_modem_status(&mut self) -> u8 {
        let status = self.modem_lines() | self.deltas();
        self.deltas = 0;
        status.bits()
    }

    fn modem_lines(&self) -> Msr {
        let outputs = self.mcr();
        if !outputs.contains(Mcr::LOOP) {
            return CABLE;
        }
        [(Mcr::RTS, Msr::CTS), (Mcr::DTR, Msr::DSR), (Mcr::OUT1, Msr::RI), (Mcr::OUT2, Msr::DCD)]
            .into_iter()
            .filter_map(|(output, input)| outputs.contains(output).then_some(input))
            .collect()
    }
}
