//! Rules about the form of a manifest: what can be said of each value alone.

use super::Rule;

pub(crate) static SYNTAX: Rule = Rule {
    code: "BH0101",
    name: "syntax",
    says: "A manifest is TOML.",
    why: "The checker goes on behind a mistake and reports the next ones too, but it leaves out the lines that it \
          cannot read.",
};

pub(crate) static DUPLICATE_KEY: Rule = Rule {
    code: "BH0102",
    name: "duplicate-key",
    says: "A key is written once in its table.",
    why: "Of two values one would be lost, and nobody would see which. Several VMs or tasks are several `[[vm]]` or \
          `[[task]]`.",
};

pub(crate) static UNKNOWN_KEY: Rule = Rule {
    code: "BH0103",
    name: "unknown-key",
    says: "A key is one that its table has.",
    why: "A misspelt key would silently leave its default in force.",
};

pub(crate) static MISSING_KEY: Rule = Rule {
    code: "BH0104",
    name: "missing-key",
    says: "A key without a default is written.",
    why: "Nobody can guess a VM's memory or what it boots.",
};

pub(crate) static WRONG_TYPE: Rule = Rule {
    code: "BH0105",
    name: "wrong-type",
    says: "A value is of the type that its key has.",
    why: "Text stands in quotes, numbers and flags do not, lists stand in brackets.",
};

pub(crate) static NO_QUANTITY: Rule = Rule {
    code: "BH0106",
    name: "no-quantity",
    says: "A size or a time has a number and a unit that there is.",
    why: "A bare number could be bytes or megabytes, and a megabyte could be a million bytes or 1024 times 1024.",
};

pub(crate) static UNKNOWN_WORD: Rule = Rule {
    code: "BH0107",
    name: "unknown-word",
    says: "A choice is one of the words that its key knows.",
    why: "The reference lists the words of each key.",
};

pub(crate) static NUMBER_OUT_OF_RANGE: Rule = Rule {
    code: "BH0108",
    name: "number-out-of-range",
    says: "A number is one that its key can have.",
    why: "CPUs, priorities and bits are numbered from 0 to a limit of the core; times end where its clocks do.",
};

pub(crate) static BAD_NAME: Rule = Rule {
    code: "BH0109",
    name: "bad-name",
    says: "A name has lower-case letters, digits and hyphens, 23 at the most.",
    why: "Names go into the core's tables and into every line of the log.",
};

pub(crate) static CONFLICTING_KEYS: Rule = Rule {
    code: "BH0110",
    name: "conflicting-keys",
    says: "Keys that exclude each other do not stand together.",
    why: "One of them would have no effect.",
};

pub(crate) static NO_RANGE: Rule = Rule {
    code: "BH0111",
    name: "no-range",
    says: "A range has a first and a last number, or one that is both, and goes up.",
    why: "Ports and addresses are given as `\"0x2f8-0x2ff\"`, both ends included.",
};

pub(crate) static BAD_FORM: Rule = Rule {
    code: "BH0112",
    name: "bad-form",
    says: "An address or identifier of a board file has its fixed form.",
    why: "Tools compare them as text.",
};

pub(super) static RULES: &[&Rule] = &[
    &SYNTAX,
    &DUPLICATE_KEY,
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &WRONG_TYPE,
    &NO_QUANTITY,
    &UNKNOWN_WORD,
    &NUMBER_OUT_OF_RANGE,
    &BAD_NAME,
    &CONFLICTING_KEYS,
    &NO_RANGE,
    &BAD_FORM,
];
