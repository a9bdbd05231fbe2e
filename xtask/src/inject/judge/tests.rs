//! The judge finds what must be found, and lays it to whom it concerns.

use super::{Effect, End, Ended, Judged, judge};

const VUART: &str = "bulkhead: inject: task witness.vuart kind panic event 7 tsc 1\n\
    bulkhead: inject: task witness.vuart kind panic died of Panic\n\
    bulkhead: task witness.vuart stopped: Panic 0x2\n\
    bulkhead: inject: task witness.vuart kind panic recovered after 9 ticks, 11 from the fault on\n\
    bulkhead: inject: contained task witness.vuart kind panic\n";
const VRTC: &str = "bulkhead: inject: task witness.vrtc kind flip-memory event 8 tsc 1\n\
    bulkhead: inject: task witness.vrtc kind flip-memory went on after 5 ticks\n\
    bulkhead: inject: contained task witness.vrtc kind flip-memory\n";

fn judged(parts: &[&str], end: End) -> Judged {
    judge(&Ended { transcript: parts.concat(), end }, &[])
}

fn round(number: u32) -> String {
    format!("[witness] ={number:08x} 00000000;\n")
}

#[test]
fn a_death_that_nobody_notices_is_a_pause() {
    let judged = judged(&[VUART, &round(1), "[witness] =end;\n"], End::Done);
    assert!(judged.is_well());
    assert_eq!((judged.cases[0].effect, judged.cases[0].ticks), (Effect::Pause, Some(9)));
}

#[test]
fn a_byte_that_is_lost_after_a_death_is_a_broken_promise() {
    let judged = judged(&[VUART, "[witness] ~00000000 afkp;\n"], End::Done);
    assert!(!judged.cases[0].is_recovered() && judged.cases[0].contained);
}

#[test]
fn a_miss_is_laid_to_the_server_that_it_concerns() {
    let miss = "[witness] !00000001 vrtc 00000001 00000002 00000003;\n";
    let judged = judged(&[VUART, VRTC, miss], End::Done);
    let effects: Vec<_> = judged.cases.iter().map(|case| case.effect).collect();
    assert_eq!(effects, [Effect::Pause, Effect::Seen]);
    assert!(judged.cases.iter().all(super::Case::is_recovered));
}

#[test]
fn a_lie_s_damage_may_sleep_for_many_rounds() {
    let rounds: String = (1..9).map(round).collect();
    let stopped = "bulkhead: task witness.vrtc stopped: Panic 0x2\n";
    let judged = judged(&[VRTC, &rounds, VUART, stopped], End::Done);
    assert_eq!(judged.cases[0].effect, Effect::LaterDeath);
    assert!(judged.unexplained.is_empty());
}

#[test]
fn what_no_fault_explains_is_told() {
    let stopped = "bulkhead: task witness.vrtc stopped: Panic 0x2\n";
    assert_eq!(judged(&[stopped], End::Done).unexplained, ["witness.vrtc stopped: Panic 0x2"]);
}

#[test]
fn a_server_that_does_not_come_back_is_a_miss_and_so_is_a_guest_that_falls_silent() {
    let begun = VUART.lines().next().unwrap();
    let lost = judged(&[begun, "\n"], End::Stuck);
    assert!(!lost.cases[0].is_recovered() && lost.cases[0].contained);
    let silent = judged(&[VUART], End::Stuck);
    assert_eq!(silent.cases[0].effect, Effect::Stuck);
}

#[test]
fn broken_seals_a_changed_neighbour_and_a_dead_core_are_not_contained() {
    let seal = "bulkhead: inject: NOT CONTAINED state of witness.vpic after a fault of witness.vuart\n";
    let neighbour = "[neighbour] #00000000 11111111;\n[neighbour] #00000001 22222222;\n";
    for broken in [seal, neighbour, "bulkhead: THE CORE FAILED: panic\n"] {
        assert!(!judged(&[VUART, broken], End::Machine).cases[0].contained, "{broken}");
    }
}

#[test]
fn lives_of_other_guests_are_counted_by_their_ends() {
    let moved = "vm-manager: vm malice: Started -> Created (TripleFault)\n\
        vm-manager: vm malice: Created -> Started (Policy)\n";
    let judged = judged(&[moved, moved], End::Done);
    assert_eq!(judged.ends.into_iter().collect::<Vec<_>>(), [("malice: TripleFault".to_owned(), 2)]);
}

#[test]
fn who_gives_up_on_a_malicious_guest_is_right_and_on_the_witness_is_told() {
    let stopped = |vm: &str| format!("bulkhead: task {vm}.emulator stopped: GaveUp 0x3a08c302\n");
    assert_eq!(judged(&[&stopped("malice")], End::Done).unexplained.len(), 0);
    assert_eq!(judged(&[&stopped("witness")], End::Done).unexplained.len(), 1);
}

/// A fault of a server that has no restart left, and what its supervisor says.
fn given_up(server: &str, policy: &str) -> String {
    format!(
        "bulkhead: inject: task witness.{server} kind panic event 9 tsc 1\n\
         bulkhead: inject: task witness.{server} kind panic died of Panic\n\
         bulkhead: task witness.{server} stopped: Panic 0x2\n\
         supervisor:   then {policy}: more than 1 faults in 1 ms\n"
    )
}

#[test]
fn a_policy_that_is_not_followed_is_a_broken_promise() {
    let silent = judged(&[&given_up("vrtc", "pause-vm")], End::Done);
    assert!(!silent.cases[0].is_recovered());
    let other = "vm-manager: vm witness: Started -> PoweredOff (ServerLost)\n";
    assert!(!judged(&[&given_up("vrtc", "pause-vm"), other], End::Done).cases[0].is_recovered());
    let paused = "vm-manager: vm witness: Started -> Paused (ServerLost)\n";
    let judged = judged(&[&given_up("vrtc", "pause-vm"), paused], End::Done);
    assert!(judged.cases[0].is_recovered() && judged.unexplained.is_empty());
    assert_eq!(judged.cases[0].effect, Effect::GivenUp);
}

#[test]
fn a_guest_that_a_policy_resets_begins_its_stream_anew() {
    let line = "[witness] ~00000000 afkpuzejotydinsxchmrwbglqvafkpuzejotydinsxchmrwb;\n";
    let reset = "vm-manager: vm witness: Started -> Created (ServerLost)\n\
        vm-manager: vm witness: Created -> Started (ServerLost)\n";
    let broken_off = "[witness] ~00000001 hmr\n";
    let lost = given_up("vpic", "reset-vm");
    let judged = judged(&[line, &lost, broken_off, reset, line], End::Done);
    assert!(judged.cases[0].is_recovered() && judged.unexplained.is_empty());
    assert_eq!(judged.cases[0].reasons.len(), 1, "{:?}", judged.cases[0].reasons);
}

#[test]
fn a_fault_behind_the_end_of_the_witness_is_not_judged() {
    let off = "[witness] =end;\nvm-manager: vm witness: Started -> PoweredOff (GuestPowerOff)\n";
    let late = "bulkhead: inject: task vm-manager kind panic event 8 tsc 1\n\
        bulkhead: inject: task vm-manager kind panic died of Panic\n\
        bulkhead: task vm-manager stopped: Panic 0x2\n";
    let judged = judged(&[VUART, &round(1), off, late], End::Done);
    assert!(judged.is_well());
    assert_eq!(judged.cases.len(), 1);
}
