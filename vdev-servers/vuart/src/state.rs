//! Everything that the UART is: what a commit holds and what the chip's own logic works on.

use crate::fifo::Fifo;
use crate::register::{Fcr, Ier, Lcr, Lsr, Mcr, Msr};
use crate::wire::Wire;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::{InvalidState, Nanos};

/// The divisor after power-on: 115,200 baud from 1.8432 MHz. The chip leaves it undefined; firmware sets it.
const DEFAULT_DIVISOR: u16 = 1;

/// A UART's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct State {
    pub(crate) ier: u8,
    pub(crate) fcr: u8,
    pub(crate) lcr: u8,
    pub(crate) mcr: u8,
    pub(crate) scr: u8,
    pub(crate) divisor: [u8; 2],
    /// Error bits of LSR that wait to be read.
    pub(crate) errors: u8,
    /// Delta bits of MSR that wait to be read.
    pub(crate) deltas: u8,
    /// THR has become empty, and neither an IIR read nor a THR write has taken notice.
    pub(crate) thre_latched: bool,
    /// The character time-out has passed, and RBR was not read since.
    pub(crate) timed_out: bool,
    pub(crate) receiver: Fifo,
    pub(crate) transmitter: Fifo,
    /// When the character time-out will pass.
    pub(crate) timeout_at: Option<Nanos>,
    pub(crate) wire: Wire,
}

const _: () = assert!(State::POSTCARD_MAX_SIZE <= bulkhead_abi::limits::MAX_COMMITTED);

impl State {
    /// The chip after power-on or master reset (PC16550D, Table I), on a line at these positions.
    pub(crate) fn power_on(wire: Wire) -> Self {
        Self {
            ier: 0,
            fcr: 0,
            lcr: 0,
            mcr: 0,
            scr: 0,
            divisor: DEFAULT_DIVISOR.to_le_bytes(),
            errors: 0,
            deltas: 0,
            thre_latched: false,
            timed_out: false,
            receiver: Fifo::default(),
            transmitter: Fifo::default(),
            timeout_at: None,
            wire,
        }
    }

    /// Refuses what no sequence of events can lead to.
    pub(crate) fn validate(&self) -> Result<(), InvalidState> {
        let bits = self.ier & !Ier::all().bits() == 0
            && self.fcr & !Fcr::KEPT.bits() == 0
            && self.mcr & !Mcr::all().bits() == 0
            && self.errors & !Lsr::OE.bits() == 0
            && self.deltas & !0xf == 0;
        let fifos = self.receiver.is_valid()
            && self.transmitter.is_valid()
            && self.receiver.len() <= self.capacity()
            && self.transmitter.len() <= self.capacity();
        let latch = !self.thre_latched || self.transmitter.is_empty();
        let timer = (!self.timed_out && self.timeout_at.is_none())
            || (self.fifos_enabled() && !self.receiver.is_empty());
        if bits && fifos && latch && timer { Ok(()) } else { Err(InvalidState) }
    }

    pub(crate) fn ier(&self) -> Ier {
        Ier::from_bits_truncate(self.ier)
    }

    pub(crate) fn fcr(&self) -> Fcr {
        Fcr::from_bits_truncate(self.fcr)
    }

    pub(crate) fn lcr(&self) -> Lcr {
        Lcr::from_bits_truncate(self.lcr)
    }

    pub(crate) fn mcr(&self) -> Mcr {
        Mcr::from_bits_truncate(self.mcr)
    }

    pub(crate) fn deltas(&self) -> Msr {
        Msr::from_bits_truncate(self.deltas)
    }

    pub(crate) fn fifos_enabled(&self) -> bool {
        self.fcr().contains(Fcr::ENABLE)
    }

    /// Bytes that each direction holds: a FIFO, or one register in 16450 mode.
    pub(crate) fn capacity(&self) -> u8 {
        if self.fifos_enabled() { crate::fifo::DEPTH } else { 1 }
    }
}
