//! Random VMs.

use crate::random::Random;
use crate::task::place;
use crate::{Table, list, quoted};

const DEVICES: [&str; 7] = ["vuart", "vpci", "vioapic", "vpic", "vtimer", "vrtc", "vpower"];
const POLICIES: [&str; 4] = ["reset-device", "pause-vm", "reset-vm", "power-off-vm"];

pub(crate) fn add(random: &mut Random, cpus: u64, count: u64, tables: &mut Vec<Table>) {
    let service = random.one_in(3).then(|| random.below(count));
    for number in 0..count {
        let kind = match service {
            Some(place) if place == number => Some("service"),
            // Nobody asks for it: it stays off.
            _ if number + 1 < count && random.one_in(4) => Some("post-launched"),
            _ => None,
        };
        add_one(random, cpus, number, number + 1 == count, kind, tables);
    }
}

fn add_one(
    random: &mut Random,
    cpus: u64,
    number: u64,
    is_last: bool,
    kind: Option<&str>,
    tables: &mut Vec<Table>,
) {
    let mut vm = Table::new("[[vm]]");
    vm.set("name", quoted(format!("vm-{number}")));
    if let Some(kind) = kind {
        vm.set("kind", quoted(kind));
    }
    // A pool is for post-launched ones.
    let is_pooled = kind == Some("post-launched") && random.one_in(2);
    let mut machine = Table::new("[[pool]]");
    machine.set("memory", quoted(format!("{} MiB", 2 * random.range(1, 12))));
    let mut has = DEVICES.to_vec();
    // The last one never ends, or the machine would go off with the others before anybody has counted them.
    if is_last || random.one_in(3) {
        // A guest of a few instructions, on any number of vCPUs and with any devices.
        vm.set("boot", "{ protocol = \"flat\", kernel = \"guest:spin\" }");
        if random.one_in(2) {
            let vcpus: Vec<_> = (0..random.range(1, 3)).map(|_| random.below(cpus).to_string()).collect();
            machine.set("vcpus", list(&vcpus));
        }
        if random.one_in(2) {
            has.retain(|_| random.one_in(2));
            machine.set("devices", list(&has.iter().map(quoted).collect::<Vec<_>>()));
        }
    } else {
        // Guests that look at the whole platform.
        let (protocol, kernel, least) = random.pick(&[
            ("flat", "first-light", 2),
            ("flat", "spin", 2),
            ("pvh", "pvh", 8),
            ("multiboot", "multiboot", 8),
        ]);
        vm.set("boot", format!("{{ protocol = \"{protocol}\", kernel = \"guest:{kernel}\" }}"));
        machine.set("memory", quoted(format!("{} MiB", least + 2 * random.below(12))));
        machine.set("cpu", random.below(cpus).to_string());
    }
    if random.one_in(3) {
        machine.set("priority", random.range(0, 8).to_string());
    }
    if random.one_in(3) {
        let period = random.range(5, 40);
        machine.set("budget", quoted(format!("{} us", period * random.range(50, 300))));
        machine.set("period", quoted(format!("{period} ms")));
    }
    if random.one_in(3) {
        machine.set("servers_cpu", random.below(cpus).to_string());
    }
    if !has.contains(&"vuart") || random.one_in(5) {
        machine.set("console", "false");
    }
    if random.one_in(3) {
        vm.set("on_power_off", quoted(random.pick(&["power-off", "restart"])));
    }
    if random.one_in(3) {
        vm.set("on_reset", quoted(random.pick(&["power-off", "restart"])));
    }
    if random.one_in(4) {
        machine.set("epoch", random.range(0, 4_000_000_000).to_string());
    }
    if random.one_in(4) {
        let action = random.pick(&["restart", "power-off", "pause"]);
        let timeout = random.range(10, 60_000);
        vm.set("watchdog", format!("{{ timeout = \"{timeout} ms\", action = \"{action}\" }}"));
    }
    if random.one_in(3) {
        machine.set("on_failure", quoted(random.pick(&POLICIES)));
    }
    let owner = if is_pooled {
        machine.set("name", quoted(format!("pool-{number}")));
        vm.set("pool", quoted(format!("pool-{number}")));
        tables.push(machine);
        "pool"
    } else {
        vm.keys.append(&mut machine.keys);
        tables.push(vm.clone());
        "vm"
    };
    has.push("emulator");
    for device in has {
        if random.one_in(6) {
            let mut table = Table::new(format!("[{owner}.server.{device}]"));
            place(random, cpus, &mut table, 500);
            if random.one_in(3) {
                table.set("on_failure", quoted(random.pick(&POLICIES)));
            }
            if random.one_in(3) {
                table.set("deadline", quoted(format!("{} ms", random.range(500, 2_000))));
            }
            tables.push(table);
        }
    }
    if is_pooled {
        let mut other = vm.clone();
        other.set("name", quoted(format!("vm-{number}-too")));
        tables.push(vm);
        if random.one_in(2) {
            tables.push(other);
        }
    }
}
