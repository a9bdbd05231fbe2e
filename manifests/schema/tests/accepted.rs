//! The manifests of the repository are good, and what they leave out is filled in.

mod library;

use bulkhead_schema::{Capability, Role, System, load_file, render};
use library::TestLibrary;
use std::fs;

fn example(name: &str) -> System {
    let path = format!("{}/../{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap();
    let loaded =
        load_file(&path, &text, &TestLibrary { folder: concat!(env!("CARGO_MANIFEST_DIR"), "/..").into() });
    loaded.result.unwrap_or_else(|problems| panic!("{}", render(&problems, &loaded.sources, false)))
}

#[test]
fn all_examples_are_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            example(path.file_stem().unwrap().to_str().unwrap());
            seen += 1;
        }
    }
    assert!(seen >= 5);
}

#[test]
fn the_shortest_useful_manifest_is_under_15_lines() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../single-linux.toml")).unwrap();
    assert!(text.lines().count() < 15);
}

#[test]
fn one_vm_gets_one_server_for_each_device() {
    let system = example("single-linux");
    let names: Vec<_> = system.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "supervisor",
            "console",
            "loader",
            "vm-manager",
            "shell",
            "linux.vuart",
            "linux.vpci",
            "linux.vioapic",
            "linux.vpic",
            "linux.vtimer",
            "linux.vrtc",
            "linux.vpower",
            "linux.emulator"
        ]
    );
    assert_eq!(system.cpus, 1);
}

#[test]
fn only_loader_and_instruction_emulator_see_guest_memory() {
    for task in example("two-linux").tasks {
        let may = task.role == Role::Loader || task.binary == "insn-emulator";
        assert_eq!(!task.mounts.is_empty(), may, "{}", task.name);
    }
}

#[test]
fn no_server_of_a_vm_names_another_vm_or_its_servers() {
    let system = example("two-linux");
    for task in &system.tasks {
        let Role::Device { vm, .. } = task.role else { continue };
        for slot in &task.slots {
            let target = match slot {
                Capability::Call(call) => Some(call.target),
                Capability::Notify { target, .. } => Some(*target),
                Capability::Vm { vm: named, .. } => {
                    assert_eq!(*named, vm);
                    None
                }
                _ => None,
            };
            if let Some(Role::Device { vm: other, .. }) = target.map(|target| &system.tasks[target].role) {
                assert_eq!(*other, vm, "{}", task.name);
            }
        }
    }
}

#[test]
fn serial_ports_get_streams_of_their_own() {
    let system = example("two-linux");
    let badges: Vec<_> = system
        .tasks
        .iter()
        .filter(|task| task.binary == "vuart")
        .flat_map(|task| &task.slots)
        .filter_map(|slot| if let Capability::Call(call) = slot { Some(call.badge) } else { None })
        .collect();
    assert_eq!(badges, [0, 1]);
}

#[test]
fn an_added_task_without_priority_is_below_what_it_calls() {
    let system = example("probes");
    let priority = |name| system.tasks.iter().find(|task| task.name == name).unwrap().priority.value;
    assert!(priority("caller") < priority("echo"));
    assert!(system.tasks.iter().all(|task| task.name != "vm-manager"));
}

#[test]
fn placement_of_the_manifest_wins_over_defaults() {
    let system = example("smp-linux");
    let vuart = system.tasks.iter().find(|task| task.name == "linux.vuart").unwrap();
    assert_eq!((vuart.cpu.value, vuart.backoff_us, vuart.restart_limit), (1, 200, 20));
    let manager = system.tasks.iter().find(|task| task.name == "vm-manager").unwrap();
    let vuart = system.tasks.iter().position(|task| task.name == "linux.vuart").unwrap();
    let deadline = manager.slots.iter().find_map(|slot| match slot {
        Capability::Call(call) if call.target == vuart => Some(call.deadline_us),
        _ => None,
    });
    assert_eq!(deadline, Some(150_000));
    assert_eq!(system.cpus, 2);
}
