//! An 8254 counter that is clocked pulse by pulse: the data sheet's Mode Definitions, word by word, and slow.

#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) mode: u8,
    pub(crate) bcd: bool,
    /// Count register, as a number; 0 is the largest.
    pub(crate) register: u32,
    /// Counting element, likewise.
    pub(crate) element: u32,
    pub(crate) out: bool,
    pub(crate) gate: bool,
    pub(crate) null: bool,
    /// The element takes the register with the next pulse.
    pub(crate) loads: bool,
    pub(crate) loaded: bool,
    written: bool,
    /// Modes 1, 4, 5: the end of this count is still to come.
    armed: bool,
    odd: bool,
}

impl Reference {
    pub(crate) fn new(mode: u8, bcd: bool, gate: bool) -> Self {
        Self {
            mode,
            bcd,
            register: 0,
            element: 0,
            out: mode != 0,
            gate,
            null: true,
            loads: false,
            loaded: false,
            written: false,
            armed: false,
            odd: false,
        }
    }

    fn modulus(&self) -> u32 {
        if self.bcd { 10_000 } else { 65_536 }
    }

    pub(crate) fn write(&mut self, count: u32) {
        self.register = count;
        self.null = true;
        match self.mode {
            0 => {
                self.out = false;
                self.loads = true;
            }
            4 => self.loads = true,
            2 | 3 => self.loads |= !self.loaded,
            _ => {}
        }
        self.written = true;
    }

    pub(crate) fn set_gate(&mut self, gate: bool) {
        let rises = gate && !self.gate;
        self.gate = gate;
        if rises && [1, 2, 3, 5].contains(&self.mode) && self.written {
            self.loads = true;
        }
        if !gate && [2, 3].contains(&self.mode) {
            self.out = true;
        }
    }

    fn take_register(&mut self) {
        self.null = false;
        self.loaded = true;
        self.element = self.register;
        self.odd = !self.register.is_multiple_of(2);
        if self.mode == 3 {
            self.element -= self.element % 2;
        }
    }

    fn count_down(&mut self, by: u32) {
        self.element = (self.element + self.modulus() - by) % self.modulus();
    }

    pub(crate) fn pulse(&mut self) {
        if self.loads {
            self.loads = false;
            self.take_register();
            self.armed = true;
            self.out = !matches!(self.mode, 0 | 1);
            return;
        }
        if !self.loaded || (!self.gate && !matches!(self.mode, 1 | 5)) {
            return;
        }
        match self.mode {
            0 | 1 => {
                self.count_down(1);
                self.out |= self.element == 0;
            }
            2 if self.element == 1 => {
                self.take_register();
                self.out = true;
            }
            2 => {
                self.count_down(1);
                self.out = self.element != 1;
            }
            3 if self.out && self.odd => {
                // An odd count has one pulse more in its high half, at 0.
                if self.element == 0 {
                    self.take_register();
                    self.out = false;
                } else {
                    self.count_down(2);
                }
            }
            3 => {
                self.count_down(2);
                if self.element == 0 {
                    self.take_register();
                    self.out = !self.out;
                }
            }
            _ => {
                self.count_down(1);
                self.out = !(self.armed && self.element == 0);
                self.armed &= self.out;
            }
        }
    }
}
