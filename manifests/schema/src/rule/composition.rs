//! Rules about files that make up a system together.

use super::Rule;

pub(crate) static ABSENT_FILE: Rule = Rule {
    code: "BH0201",
    name: "absent-file",
    says: "The files that a manifest names can be read.",
    why: "Paths count from the folder of the file that names them.",
};

pub(crate) static EXTENDS_ITSELF: Rule = Rule {
    code: "BH0202",
    name: "extends-itself",
    says: "A manifest does not extend itself, by whatever way, and not more than 16 files in a row.",
    why: "There would be no first manifest to start from.",
};

pub(crate) static NOTHING_TO_REMOVE: Rule = Rule {
    code: "BH0203",
    name: "nothing-to-remove",
    says: "What is removed is in the extended manifest.",
    why: "Something that the base no longer has, or never had, is a sign that the two have grown apart.",
};

pub(super) static RULES: &[&Rule] = &[&ABSENT_FILE, &EXTENDS_ITSELF, &NOTHING_TO_REMOVE];
