//! Flat images, firmware and payloads of coreboot have no RAM disk.

use super::Subject;
use crate::manifest::BootProtocol;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0507",
    name: "ramdisk-without-use",
    says: "A VM that boots a flat image, firmware or a payload of coreboot has no RAM disk.",
    why: "The protocol has no way to tell the guest where it is.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let has_no_use = |protocol| {
        matches!(protocol, BootProtocol::Flat { .. } | BootProtocol::Firmware | BootProtocol::Coreboot)
    };
    let without = subject.manifest.vms.iter().filter(|vm| has_no_use(vm.boot.protocol));
    without
        .filter_map(|vm| vm.boot.ramdisk.as_ref())
        .map(|ramdisk| {
            Problem::new(
                &RULE,
                ramdisk.span,
                "this boot protocol takes no RAM disk",
                "nobody would tell the guest where it is",
                "remove it, or use another boot protocol",
            )
        })
        .collect()
}
