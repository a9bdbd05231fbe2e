//! Boot images exist.

use super::Subject;
use crate::library::Availability;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0503",
    name: "absent-image",
    says: "Kernels and RAM disks exist.",
    why: "An image is `debian:kernel`, `debian:initrd`, `guest:NAME`, or a path from the folder of the file \
          that names it.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let images = subject.whole_definitions().map(|definition| &definition.boot);
    let images = images.flat_map(|boot| [Some(&boot.kernel), boot.ramdisk.as_ref()]);
    images
        .flatten()
        .filter_map(|name| match subject.at_hand.image(&name.value) {
            Availability::Absent { reason, help } => {
                let title = format!("there is no image `{}`", name.value);
                Some(Problem::new(&RULE, name.span, title, reason, help))
            }
            Availability::Here(_) | Availability::Later => None,
        })
        .collect()
}
