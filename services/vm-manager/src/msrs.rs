//! What the record says about model-specific registers: the core's policy, which is the same for all VMs.

use bulkhead_abi::msr::{MsrRule, POLICY, Read, Write};
use bulkhead_protocol::registry::{MsrLine, MsrRead, MsrWrite};

/// The policy, range by range.
pub fn lines() -> impl Iterator<Item = MsrLine> {
    POLICY.iter().map(line)
}

const fn line(rule: &MsrRule) -> MsrLine {
    let read = match rule.read {
        Read::Fault => MsrRead::Fault,
        Read::Fixed(value) => MsrRead::Fixed(value),
        Read::Vcpu => MsrRead::Vcpu,
    };
    let write = match rule.write {
        Write::Fault => MsrWrite::Fault,
        Write::Ignored => MsrWrite::Ignored,
        Write::Vcpu => MsrWrite::Vcpu,
    };
    MsrLine { first: rule.first, last: rule.last, read, write }
}
