//! What `cargo xtask report` says of a system is what the core and the VM manager say when it runs.

use crate::{Built, Session};
use std::path::Path;
use xtask::emulator::{Kind, Outcome};
use xtask::report::describe;

/// A task of the system asks for everything and ends the machine; every object is compared.
pub fn census(kind: Kind) {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/census.toml");
    let (report, _) = describe(&manifest).unwrap_or_else(|failure| panic!("{failure}"));
    let built = Built::test_system("census");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot("probe: census: all run");
    let transcript = session.ends(&Outcome::Good);

    assert!(transcript.contains(&format!("bulkhead: manifest {}", report.manifest_sha256)), "{transcript}");
    let told = |what: &str| -> Vec<String> {
        let start = format!("census: census: {what} ");
        transcript.lines().filter_map(|line| line.trim_end().strip_prefix(&start).map(Into::into)).collect()
    };
    let tasks: Vec<_> = report
        .tasks
        .iter()
        .enumerate()
        .map(|(number, task)| {
            let (name, cpu, priority, slots) = (&task.name, task.cpu, task.priority, task.slots.len());
            format!("{number} {name} cpu {cpu} priority {priority} slots {slots} life 0")
        })
        .collect();
    assert_eq!(told("task"), tasks, "{transcript}");
    let vms: Vec<_> = report
        .vms
        .iter()
        .enumerate()
        .map(|(number, vm)| {
            let (memory, vcpus, servers) = (vm.memory >> 20, vm.vcpus.len(), vm.devices.len());
            format!("{number} {} kind PreLaunched memory {memory} vcpus {vcpus} servers {servers}", vm.name)
        })
        .collect();
    assert_eq!(told("vm"), vms, "{transcript}");
    let vcpus: Vec<_> = report
        .vms
        .iter()
        .enumerate()
        .flat_map(|(number, vm)| {
            let vcpus = vm.vcpus.iter().enumerate();
            vcpus.map(move |(vcpu, cpu)| format!("{vcpu} of vm {number} cpu {cpu}"))
        })
        .collect();
    assert_eq!(told("vcpu"), vcpus, "{transcript}");
}
