//! A flat image has no RAM disk.

use super::Subject;
use crate::manifest::BootProtocol;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0507",
    name: "ramdisk-without-use",
    says: "A VM that boots a flat image has no RAM disk.",
    why: "The protocol has no way to tell the guest where it is.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let flat = subject.manifest.vms.iter().filter(|vm| matches!(vm.boot.protocol, BootProtocol::Flat { .. }));
    flat.filter_map(|vm| vm.boot.ramdisk.as_ref())
        .map(|ramdisk| {
            Problem::new(
                &RULE,
                ramdisk.span,
                "a flat image takes no RAM disk",
                "nobody would tell the guest where it is",
                "remove it, or use another boot protocol",
            )
        })
        .collect()
}
