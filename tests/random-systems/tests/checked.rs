//! Random systems on the host: what the checker accepts can be compiled, drawn and described, and each mistake is found.

use bulkhead_schema::report::{Report, to_html, to_json, to_text};
use bulkhead_schema::{
    Parts, Program, SchemaEntry, SchemaRole, Segment, System, compile, digest, graph, load,
};
use random_systems::{MISTAKES, manifest, mistaken};

/// Systems that are checked.
const SYSTEMS: u64 = 10_000;
/// One in so many of those that are accepted is compiled, drawn and described too.
const WHOLE: u64 = 50;

/// Only what depends on all budgets and deadlines together is beyond what the generator looks at.
const OF_TIME: [&str; 4] = ["cpu-overpromised", "late-budget", "late-event", "short-deadline"];

/// A program that claims to speak everything.
fn program() -> Program {
    let interfaces = 1..64;
    let both = |id: u16| {
        [SchemaRole::Calls, SchemaRole::Serves].map(|role| SchemaEntry {
            interface: id,
            role,
            hash: id.into(),
        })
    };
    Program {
        entry: 0x40_0010,
        segments: vec![Segment { address: 0x40_0000, memory_length: 0x1000, bytes: vec![1; 16], flags: 1 }],
        schemas: interfaces.into_iter().flat_map(both).collect(),
    }
}

fn parts(system: &System) -> Parts {
    let mut parts = Parts::default();
    parts.programs.extend(system.binary_names().into_iter().map(|name| (name.to_owned(), program())));
    parts.images.extend(system.image_names().into_iter().map(|name| (name.to_owned(), vec![0; 64])));
    parts
}

#[test]
fn what_is_accepted_can_be_compiled_drawn_and_described() {
    let mut accepted = 0;
    for seed in 0..SYSTEMS {
        let text = manifest(seed);
        let system = match load(&text, &()) {
            Ok(system) => system,
            Err(problems) => {
                for problem in problems {
                    let rule = problem.rule.name;
                    let title = &problem.title;
                    assert!(OF_TIME.contains(&rule), "seed {seed}: {rule}: {title}\n{text}");
                }
                continue;
            }
        };
        accepted += 1;
        if accepted % WHOLE != 0 {
            continue;
        }
        if let Err(errors) = compile(&system, &text, &parts(&system)) {
            panic!("seed {seed}: {errors:?}\n{text}");
        }
        let report = Report::new(&system, digest(&text));
        let picture = graph::draw(&system);
        for name in system.tasks.iter().map(|task| &task.name) {
            assert!(
                to_text(&report).contains(name.as_str()) && to_json(&report).contains(name.as_str()),
                "{name}"
            );
        }
        assert!(to_html(&report, &picture).contains("</svg>"));
    }
    assert!(accepted > SYSTEMS / 2, "only {accepted} of {SYSTEMS} systems are accepted");
}

#[test]
fn each_mistake_is_refused_in_every_system() {
    for seed in 0..SYSTEMS / 100 {
        for mistake in MISTAKES.iter().filter(|mistake| !mistake.needs_images) {
            let text = mistaken(seed, mistake);
            let problems = load(&text, &()).err().unwrap_or_default();
            let is_found = problems.iter().any(|problem| problem.rule.name == mistake.rule);
            assert!(is_found, "seed {seed}: {} is not refused: {problems:?}\n{text}", mistake.name);
        }
    }
}

#[test]
fn a_seed_makes_the_same_system_always() {
    assert_eq!(manifest(7), manifest(7));
    assert_ne!(manifest(7), manifest(8));
}
