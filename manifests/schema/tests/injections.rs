//! Faults on purpose: what the stanzas become.

mod library;

use bulkhead_abi::inject::InjectKind;
use bulkhead_schema::{Sources, System, load, render};
use library::TestLibrary;

const VM: &str =
    "[[vm]]\nname = \"a\"\nmemory = \"2 MiB\"\nboot = { protocol = \"flat\", kernel = \"guest:x\" }\n";

fn system(stanza: &str) -> System {
    let text = format!("{VM}{stanza}");
    load(&text, &TestLibrary::default())
        .unwrap_or_else(|problems| panic!("{}", render(&problems, &Sources::of("a.toml", &text), false)))
}

fn victims(system: &System) -> Vec<&str> {
    system.injections.iter().map(|record| system.tasks[record.task.index()].name.as_str()).collect()
}

#[test]
fn a_system_without_stanzas_injects_nothing() {
    assert!(system("").injections.is_empty());
}

#[test]
fn a_star_stands_for_all_servers_of_a_vm() {
    let system = system("[[inject]]\ntask = \"a.*\"\nkinds = \"all\"\n");
    assert_eq!(victims(&system).len(), 8);
    assert!(victims(&system).iter().all(|name| name.starts_with("a.")));
}

#[test]
fn kinds_and_groups_add_up() {
    let system =
        system("[[inject]]\ntask = \"a.vuart\"\nkinds = [\"boundaries\", \"panic\"]\nrate = 7\nlimit = 3\n");
    let record = system.injections[0];
    let boundaries = [
        InjectKind::BeforeReceive,
        InjectKind::AfterReceive,
        InjectKind::BeforeCommit,
        InjectKind::AfterCommit,
        InjectKind::WhileCalling,
        InjectKind::AnyTime,
    ];
    let expected = boundaries.iter().fold(InjectKind::Panic.bit(), |mask, kind| mask | kind.bit());
    assert_eq!(record.kinds, expected);
    assert_eq!((record.rate, record.every_us, record.limit, record.first, record.seed), (7, 0, 3, 0, 1));
}

#[test]
fn fail_stop_holds_no_kind_that_lies() {
    let system = system("[[inject]]\ntask = \"a.vuart\"\nkinds = \"fail-stop\"\n");
    for kind in [InjectKind::FlipMemory, InjectKind::MalformedReply, InjectKind::LostNotification] {
        assert_eq!(system.injections[0].kinds & kind.bit(), 0, "{}", kind.name());
    }
}

#[test]
fn chaos_goes_by_time() {
    let system = system("[[chaos]]\ntask = \"a.vtimer\"\nkind = \"kill\"\nevery = \"500 ms\"\n");
    let record = system.injections[0];
    assert_eq!((record.rate, record.every_us, record.kinds), (0, 500_000, InjectKind::AnyTime.bit()));
}

#[test]
fn victims_are_restarted_for_ever_and_others_are_not() {
    let system = system("[[inject]]\ntask = \"a.vuart\"\nkinds = \"all\"\n");
    let task = |name| system.tasks.iter().find(|task| task.name == name).unwrap();
    assert_eq!((task("a.vuart").restart_limit, task("a.vuart").restart_period_ms), (u16::MAX, 1));
    assert_eq!(task("a.vpic").restart_limit, 10);
}

#[test]
fn a_written_restart_policy_wins() {
    let stanza = "[vm.server.vuart]\nrestart = { limit = 4 }\n[[inject]]\ntask = \"*\"\nkinds = \"all\"\n";
    let system = system(stanza);
    let vuart = system.tasks.iter().find(|task| task.name == "a.vuart").unwrap();
    assert_eq!(vuart.restart_limit, 4);
}
