//! Random tasks and placements.

use crate::random::Random;
use crate::{CENSUS, Table, list, quoted};

/// Placement keys, each now and then. A budget is at least so many microseconds, and a period at most eleven times that.
pub(crate) fn place(random: &mut Random, cpus: u64, table: &mut Table, least_budget: u64) {
    if random.one_in(3) {
        table.set("cpu", random.below(cpus).to_string());
    }
    if random.one_in(3) {
        let budget = random.range(least_budget, least_budget * 2);
        table.set("budget", quoted(format!("{budget} us")));
        if random.one_in(2) {
            let period = budget * random.range(4, 11);
            table.set("period", quoted(format!("{period} us")));
        }
    }
    if random.one_in(6) {
        table.set("stack", quoted(format!("{} KiB", 4 * random.range(32, 128))));
    }
    if random.one_in(6) {
        let (backoff, limit) = (random.range(50, 500), random.range(1, 8));
        let restart = format!(
            "{{ backoff = \"{backoff} us\", limit = {limit}, period = \"{} s\" }}",
            random.range(1, 20)
        );
        table.set("restart", restart);
    }
}

/// Servers, clients that call them, and tasks that rest.
pub(crate) fn add(random: &mut Random, cpus: u64, tables: &mut Vec<Table>) {
    let servers: Vec<String> = (0..random.below(4)).map(|number| format!("server-{number}")).collect();
    for name in &servers {
        let mut table = task(name, "serve");
        table.set("serves", list(&[quoted("echo")]));
        if random.one_in(3) {
            table.set("priority", random.range(26, 31).to_string());
        }
        if random.one_in(3) {
            table.set("deadline", quoted(format!("{} ms", random.range(200, 2_000))));
        }
        place(random, cpus, &mut table, 500);
        tables.push(table);
    }
    let clients = if servers.is_empty() { 0 } else { random.below(4) };
    for number in 0..clients {
        // Calls that never end: rounds of 32, then a pause.
        let mut table =
            task(&format!("client-{number}"), &format!("call 1000000000 {}", random.range(2, 20)));
        let called: Vec<String> = servers.iter().filter(|_| random.one_in(2)).map(quoted).collect();
        let called = if called.is_empty() { vec![quoted(&servers[0])] } else { called };
        table.set("calls", list(&called));
        if random.one_in(3) {
            table.set("priority", random.range(10, 18).to_string());
        }
        place(random, cpus, &mut table, 500);
        tables.push(table);
    }
    for number in 0..random.below(3) {
        let mut table = task(&format!("idle-{number}"), "rest");
        place(random, cpus, &mut table, 200);
        tables.push(table);
    }
}

/// The task that counts all others and ends the machine.
pub(crate) fn add_census(random: &mut Random, cpus: u64, has_vms: bool, tables: &mut Vec<Table>) {
    let mut table = task(CENSUS, "census 5");
    table.set("rights", list(&[quoted("supervise"), quoted("platform")]));
    table.set("cpu", random.below(cpus).to_string());
    if has_vms {
        table.set("calls", list(&[quoted("vm-manager")]));
    }
    table.set("restart", "{ limit = 0 }");
    tables.push(table);
}

fn task(name: &str, script: &str) -> Table {
    let mut table = Table::new("[[task]]");
    table.set("name", quoted(name));
    table.set("binary", quoted("probe"));
    table.set("script", quoted(script));
    table
}
