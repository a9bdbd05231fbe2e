//! Mistakes that keep a system from coming up.

use crate::random::Random;
use crate::{CENSUS, Draft, Table, draft, list, quoted};

/// A mistake: what it is, the rule that it breaks, and how to make it.
#[derive(Debug, Clone, Copy)]
pub struct Mistake {
    /// In words.
    pub name: &'static str,
    /// The checker's name of the rule.
    pub rule: &'static str,
    /// The checker must see the guests' images to refuse it.
    pub needs_images: bool,
    make: fn(&mut Draft),
}

/// All of them.
pub const MISTAKES: [Mistake; 7] = [
    Mistake {
        name: "a vCPU on a CPU that the system does not have",
        rule: "absent-cpu",
        needs_images: false,
        make: |draft| add_vm(draft, "astray").set("cpu", "9"),
    },
    Mistake {
        name: "memory that is no whole number of large pages",
        rule: "odd-memory",
        needs_images: false,
        make: |draft| add_vm(draft, "odd").set("memory", quoted("3 MiB")),
    },
    Mistake {
        name: "guests that come before the tasks that serve them",
        rule: "vcpu-above-task",
        needs_images: false,
        make: before_everybody,
    },
    Mistake {
        name: "a stack that is no whole number of pages",
        rule: "odd-stack",
        needs_images: false,
        make: |draft| add_task(draft, "shallow").set("stack", quoted("100 B")),
    },
    Mistake {
        name: "more VMs than the core has room for",
        rule: "beyond-limit",
        needs_images: false,
        make: |draft| {
            for number in 0..9 {
                add_vm(draft, &format!("more-{number}")).set("devices", "[]");
            }
        },
    },
    Mistake {
        name: "a kernel of another kind than its protocol",
        rule: "wrong-image",
        needs_images: true,
        make: |draft| {
            add_vm(draft, "mistaken").set("boot", "{ protocol = \"pvh\", kernel = \"guest:spin\" }")
        },
    },
    Mistake {
        name: "a flat image that is entered behind its end",
        rule: "flat-out-of-place",
        needs_images: true,
        make: |draft| {
            let boot = "{ protocol = \"flat\", kernel = \"guest:spin\", entry = 0x9f000 }";
            add_vm(draft, "behind").set("boot", boot);
        },
    },
];

/// The system of a seed with a mistake.
#[must_use]
pub fn mistaken(seed: u64, mistake: &Mistake) -> String {
    let mut draft = draft(&mut Random::new(seed));
    (mistake.make)(&mut draft);
    let has_vms = draft.tables.iter().any(|table| table.header == "[[vm]]");
    if has_vms && let Some(census) = draft.tables.iter_mut().find(|table| table.is_task(CENSUS)) {
        census.set("calls", list(&[quoted("vm-manager")]));
    }
    draft.text(seed)
}

fn add_vm<'a>(draft: &'a mut Draft, name: &str) -> &'a mut Table {
    let mut vm = Table::new("[[vm]]");
    vm.set("name", quoted(name));
    vm.set("memory", quoted("2 MiB"));
    vm.set("boot", "{ protocol = \"flat\", kernel = \"guest:spin\" }");
    draft.add(vm)
}

fn add_task<'a>(draft: &'a mut Draft, name: &str) -> &'a mut Table {
    let mut task = Table::new("[[task]]");
    task.set("name", quoted(name));
    task.set("binary", quoted("probe"));
    task.set("script", quoted("rest"));
    draft.add(task)
}

/// A guest that never rests, on every CPU and above all tasks: nobody is left to start the other.
fn before_everybody(draft: &mut Draft) {
    let cpus: u16 =
        draft.system.iter().find(|(key, _)| key == "cpus").map_or(1, |(_, cpus)| cpus.parse().unwrap_or(1));
    // Application processors wait for a start that never comes, so each CPU needs a guest of its own.
    for cpu in 0..cpus {
        let vm = add_vm(draft, &format!("greedy-{cpu}"));
        vm.set("priority", "63");
        vm.set("cpu", cpu.to_string());
        vm.set("devices", "[]");
    }
}
