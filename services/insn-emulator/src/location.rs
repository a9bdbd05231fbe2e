//! Where an operand is: one run of guest-physical addresses, or two if it crosses a page.

/// A run within one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) address: u64,
    /// 1 to 8.
    pub(crate) bytes: u8,
}

impl Run {
    /// The part of a buffer that belongs to this run.
    pub(crate) fn of<'a>(&self, buffer: &'a mut [u8; 8]) -> &'a mut [u8] {
        buffer.get_mut(..usize::from(self.bytes)).unwrap_or_default()
    }
}

/// A located operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) first: Run,
    /// Its bytes follow those of the first.
    pub(crate) second: Option<Run>,
}

impl Location {
    /// The operand as one run, if its runs follow each other in guest-physical space as well.
    pub(crate) fn joined(&self) -> Option<Run> {
        match self.second {
            None => Some(self.first),
            Some(second) => {
                let end = self.first.address.wrapping_add(u64::from(self.first.bytes));
                (end == second.address).then(|| Run {
                    address: self.first.address,
                    bytes: self.first.bytes.wrapping_add(second.bytes),
                })
            }
        }
    }
}
