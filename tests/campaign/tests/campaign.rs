//! Short campaigns. Long ones: `cargo run --profile campaign -p campaign -- --faults 100000`.

use campaign::{FaultKind, Flaw, Plan, Promise, Server, reference, run};

#[test]
fn a_guest_sees_nothing_of_five_thousand_faults() {
    let report = run(&Plan::all(11, 5_000));
    println!("{report}");
    assert_eq!(report.failed, 0, "{report}");
    for kind in FaultKind::ALL {
        let all = report.of_kind(kind);
        assert!(all.injected > 10, "{kind} was hardly injected");
        assert_eq!(all.contained, all.injected, "{kind}");
        if kind.promise() == Promise::Exact {
            assert_eq!(all.recovered, all.injected, "{kind}");
        }
    }
}

#[test]
fn no_byte_of_a_stream_is_lost_or_doubled_while_the_clock_runs() {
    let report = run(&Plan { restart_nanos: 1_000_000, ..Plan::all(12, 2_000) });
    assert_eq!(report.failed, 0, "{report}");
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let plan = Plan { kinds: vec![FaultKind::BeforeCommit, FaultKind::FlipMemory], ..Plan::all(13, 500) };
    assert_eq!(run(&plan), run(&plan));
}

#[test]
fn a_core_that_breaks_a_rule_is_found_out() {
    for (flaw, kind) in [
        (Flaw::ForgetsSignals, FaultKind::AfterReceive),
        (Flaw::CommitsHalf, FaultKind::BeforeCommit),
        (Flaw::TakesAnyLine, FaultKind::WrongCommit),
    ] {
        let report = run(&Plan { kinds: vec![kind], flaw: Some(flaw), ..Plan::all(14, 500) });
        assert!(report.failed > 0, "{flaw:?} was not noticed");
    }
}

#[test]
fn guests_reach_all_that_a_trace_holds() {
    let plan = Plan::all(15, 0);
    let steps: Vec<_> = (0..30).flat_map(|group| reference(&plan, group)).collect();
    let count = |is: &dyn Fn(&campaign::OpTrace) -> bool| steps.iter().filter(|step| is(step)).count();
    assert!(count(&|step| !step.vectors.is_empty()) > 20);
    assert!(count(&|step| !step.messages.is_empty()) > 20);
    assert!(count(&|step| step.heard[0].2 != [0; 4]) > 5, "level-triggered interrupts are ended");
    assert!(count(&|step| !step.output.is_empty()) > 50);
    assert!(count(&|step| !step.power.is_empty()) > 5);
    for line in [0, 4, 8, 9] {
        assert!(count(&|step| step.edges.iter().any(|edge| edge.0 == line && edge.1)) > 3, "line {line}");
    }
}

#[test]
fn what_the_machine_can_inject_has_the_same_name_there() {
    let bench_only =
        [FaultKind::AfterCall, FaultKind::InRestart, FaultKind::StaleReply, FaultKind::FlipCommit];
    for kind in FaultKind::ALL {
        assert_eq!(kind.on_machine().is_none(), bench_only.contains(&kind), "{kind}");
        assert_eq!(FaultKind::from_name(&kind.to_string()), Some(kind));
    }
    for server in Server::ALL {
        assert_eq!(Server::from_name(&server.to_string()), Some(server));
    }
}
