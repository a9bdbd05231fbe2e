//! Names and bits of the registers (PC16550D, section 8.0, Table II).

use bitflags::bitflags;

/// A register as the guest's offset and LCR.DLAB select it. One name serves both directions where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Register {
    /// RBR when read, THR when written.
    Data,
    /// DLL.
    DivisorLow,
    /// IER.
    InterruptEnable,
    /// DLM.
    DivisorHigh,
    /// IIR when read, FCR when written.
    InterruptIdentification,
    /// LCR.
    LineControl,
    /// MCR.
    ModemControl,
    /// LSR.
    LineStatus,
    /// MSR.
    ModemStatus,
    /// SCR.
    Scratch,
}

impl Register {
    /// The register at this offset from the base; only the first two depend on DLAB.
    pub(crate) const fn from_offset(offset: u64, divisor_latch_access: bool) -> Option<Self> {
        Some(match (offset, divisor_latch_access) {
            (0, false) => Self::Data,
            (0, true) => Self::DivisorLow,
            (1, false) => Self::InterruptEnable,
            (1, true) => Self::DivisorHigh,
            (2, _) => Self::InterruptIdentification,
            (3, _) => Self::LineControl,
            (4, _) => Self::ModemControl,
            (5, _) => Self::LineStatus,
            (6, _) => Self::ModemStatus,
            (7, _) => Self::Scratch,
            _ => return None,
        })
    }
}

bitflags! {
    /// IER.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Ier: u8 {
        /// Received data available, and character time-out.
        const ERBFI = 1 << 0;
        /// Transmitter holding register empty.
        const ETBEI = 1 << 1;
        /// Receiver line status.
        const ELSI = 1 << 2;
        /// Modem status.
        const EDSSI = 1 << 3;
    }

    /// FCR. Bits 1 and 2 clear themselves.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Fcr: u8 {
        /// FIFO enable.
        const ENABLE = 1 << 0;
        /// RCVR FIFO reset.
        const RECEIVER_RESET = 1 << 1;
        /// XMIT FIFO reset.
        const TRANSMITTER_RESET = 1 << 2;
        /// DMA mode select; no effect without DMA.
        const DMA_MODE = 1 << 3;
        /// RCVR trigger, low bit.
        const TRIGGER_LSB = 1 << 6;
        /// RCVR trigger, high bit.
        const TRIGGER_MSB = 1 << 7;
    }

    /// LCR.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Lcr: u8 {
        /// Word length, low bit.
        const WLS0 = 1 << 0;
        /// Word length, high bit.
        const WLS1 = 1 << 1;
        /// Number of stop bits.
        const STB = 1 << 2;
        /// Parity enable.
        const PEN = 1 << 3;
        /// Even parity select.
        const EPS = 1 << 4;
        /// Stick parity.
        const STICK = 1 << 5;
        /// Set break.
        const BREAK = 1 << 6;
        /// Divisor latch access bit.
        const DLAB = 1 << 7;
    }

    /// MCR.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Mcr: u8 {
        /// Data terminal ready.
        const DTR = 1 << 0;
        /// Request to send.
        const RTS = 1 << 1;
        /// Out 1.
        const OUT1 = 1 << 2;
        /// Out 2; on a PC it connects the interrupt line.
        const OUT2 = 1 << 3;
        /// Loopback.
        const LOOP = 1 << 4;
    }

    /// LSR.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Lsr: u8 {
        /// Data ready.
        const DR = 1 << 0;
        /// Overrun error.
        const OE = 1 << 1;
        /// Transmitter holding register empty.
        const THRE = 1 << 5;
        /// Transmitter empty.
        const TEMT = 1 << 6;
    }

    /// MSR.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Msr: u8 {
        /// Delta clear to send.
        const DCTS = 1 << 0;
        /// Delta data set ready.
        const DDSR = 1 << 1;
        /// Trailing edge of the ring indicator.
        const TERI = 1 << 2;
        /// Delta data carrier detect.
        const DDCD = 1 << 3;
        /// Clear to send.
        const CTS = 1 << 4;
        /// Data set ready.
        const DSR = 1 << 5;
        /// Ring indicator.
        const RI = 1 << 6;
        /// Data carrier detect.
        const DCD = 1 << 7;
    }
}

impl Fcr {
    /// The bits that stay.
    pub(crate) const KEPT: Self =
        Self::ENABLE.union(Self::DMA_MODE).union(Self::TRIGGER_LSB).union(Self::TRIGGER_MSB);

    /// Bytes in the receiver's FIFO that make an interrupt; 1 without FIFO.
    pub(crate) const fn trigger_level(self) -> u8 {
        if !self.contains(Self::ENABLE) {
            return 1;
        }
        match (self.contains(Self::TRIGGER_MSB), self.contains(Self::TRIGGER_LSB)) {
            (false, false) => 1,
            (false, true) => 4,
            (true, false) => 8,
            (true, true) => 14,
        }
    }
}

impl Lcr {
    /// Half bits of one character on the line: start, data, parity and stop.
    pub(crate) const fn half_bits(self) -> u8 {
        let data = (self.bits() & 3).wrapping_add(5);
        let parity = self.contains(Self::PEN) as u8;
        let stop = match (self.contains(Self::STB), data) {
            (false, _) => 2,
            (true, 5) => 3,
            (true, _) => 4,
        };
        data.wrapping_add(parity).wrapping_add(1).wrapping_mul(2).wrapping_add(stop)
    }
}
