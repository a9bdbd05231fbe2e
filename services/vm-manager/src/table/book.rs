//! The book's tables and picture of a VM's life, made from the tables that the manager works by. A test holds them equal;
//! `UPDATE_BOOK=1 cargo test -p vm-manager book` writes them anew.
#![expect(clippy::expect_used, clippy::arithmetic_side_effects, reason = "a test, and small numbers")]

use super::{Effect, Guard, Next, OnFailure, Row, TABLE};
use crate::rights::{RIGHTS, roles};
use bulkhead_protocol::registry::{Role, VmKind, VmRequest, VmState};
use std::fmt::Write;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, fs, path::PathBuf};

fn request_word(request: VmRequest) -> &'static str {
    match request {
        VmRequest::Create => "create",
        VmRequest::Start => "start",
        VmRequest::Pause => "pause",
        VmRequest::Resume => "resume",
        VmRequest::Reset => "reset",
        VmRequest::Shutdown => "shutdown",
        VmRequest::AskShutdown => "ask for shutdown",
        VmRequest::Destroy => "destroy",
    }
}

fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::EndPostLaunched => "end post-launched VMs",
        Effect::Stop => "stop",
        Effect::Quiesce => "quiesce servers",
        Effect::ResetCore => "reset core",
        Effect::ResetServers => "reset servers",
        Effect::QuietServers => "quiet servers",
        Effect::InstallRoutes => "install routes",
        Effect::InstallCpuid => "install CPUID",
        Effect::LoadImages => "load images",
        Effect::SetClock => "set clock",
        Effect::Run => "run",
        Effect::PressPowerButton => "press power button",
    }
}

fn effects(list: &[Effect]) -> String {
    let words: Vec<_> = list.iter().map(|effect| effect_word(*effect)).collect();
    if words.is_empty() { "–".to_string() } else { words.join(", ") }
}

/// All that a row says but where it starts. A row that leads back to where it starts leads to "the same".
fn rest(row: &Row) -> [String; 5] {
    let to = match row.next {
        Next::State(state) if state == row.from => "the same".to_string(),
        Next::State(state) => format!("{state:?}"),
        Next::Gone => "gone for this boot".to_string(),
    };
    let request = match row.guard {
        Guard::AnyKind => request_word(row.request).to_string(),
        Guard::PostLaunchedOnly => format!("{} (post-launched only)", request_word(row.request)),
    };
    let failure = match row.on_failure {
        OnFailure::Stay => "stays",
        OnFailure::PowerOff => "undone, PoweredOff",
    };
    [request, to, effects(row.prepare), effects(row.commit), failure.to_string()]
}

fn states_table() -> String {
    let mut lines: Vec<(Vec<VmState>, [String; 5])> = Vec::new();
    for row in TABLE {
        let rest = rest(row);
        match lines.iter_mut().find(|(_, known)| *known == rest) {
            Some((from, _)) => from.push(row.from),
            None => lines.push((Vec::from([row.from]), rest)),
        }
    }
    let mut text = String::from(
        "| From | Request | To | First: come to rest | Then | If a step of the second phase fails |\n|---|---|---|---|---|---|\n",
    );
    for (from, [request, to, prepare, commit, failure]) in lines {
        let from: Vec<_> = from.iter().map(|state| format!("{state:?}")).collect();
        let from = from.join(", ");
        let _ = writeln!(text, "| {from} | {request} | {to} | {prepare} | {commit} | {failure} |");
    }
    text
}

fn kind_word(kind: VmKind) -> &'static str {
    match kind {
        VmKind::PreLaunched => "pre-launched",
        VmKind::Service => "service",
        VmKind::PostLaunched => "post-launched",
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Observer => "observer",
        Role::Operator => "operator",
        Role::ServiceVm => "service VM",
    }
}

fn rights_table() -> String {
    let mut text = String::from("| Caller | ");
    text.push_str(&VmKind::ALL.map(kind_word).join(" | "));
    text.push_str(" |\n|---|---|---|---|\n");
    for role in Role::ALL {
        let cells = VmKind::ALL.map(|kind| {
            let of = |request: &VmRequest| roles(kind, *request).contains(role);
            let granted: Vec<_> = VmRequest::ALL.into_iter().filter(of).collect();
            let all = granted.len() == VmRequest::ALL.len();
            let listed = RIGHTS.iter().any(|right| right.role == role && right.kind == kind);
            assert_eq!(listed, !granted.is_empty());
            match (all, granted.is_empty()) {
                (true, _) if kind == VmKind::PostLaunched => "make, and all requests".to_string(),
                (true, _) => "all requests".to_string(),
                (_, true) => "queries".to_string(),
                _ => granted.into_iter().map(request_word).collect::<Vec<_>>().join(", "),
            }
        });
        let _ = writeln!(text, "| {} | {} |", role_word(role), cells.join(" | "));
    }
    text
}

const BOX: (i32, i32) = (120, 44);

/// Middle of a state's box.
fn place(state: VmState) -> (i32, i32) {
    match state {
        VmState::PoweredOff => (90, 150),
        VmState::Created => (340, 60),
        VmState::Started => (620, 60),
        VmState::Paused => (620, 250),
    }
}

fn picture() -> String {
    let mut edges: Vec<(VmState, VmState, Vec<&'static str>)> = Vec::new();
    for row in TABLE {
        let Next::State(to) = row.next else { continue };
        let word = request_word(row.request);
        match edges.iter_mut().find(|(from, known, _)| (*from, *known) == (row.from, to)) {
            Some((.., words)) => words.push(word),
            None => edges.push((row.from, to, Vec::from([word]))),
        }
    }
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 840 310\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n<rect width=\"840\" height=\"310\" fill=\"#fff\"/>\n",
    );
    for (from, to, words) in edges {
        let label = words.join(", ");
        let ((x0, y0), (x1, y1)) = (place(from), place(to));
        if from == to {
            let side = x0 + BOX.0 / 2;
            let _ = writeln!(
                svg,
                "<path d=\"M{side} {} c28 -14 28 24 0 10\" fill=\"none\" stroke=\"#000\" marker-end=\"url(#tip)\"/>\n\
                 <text x=\"{}\" y=\"{}\" font-size=\"11\">{label}</text>",
                y0 - 5,
                side + 28,
                y0 + 4
            );
            continue;
        }
        // Each direction bends to its own left, so that two edges between the same boxes do not meet.
        let (dx, dy) = (x1 - x0, y1 - y0);
        let (middle_x, middle_y) = ((x0 + x1) / 2 + dy / 3, (y0 + y1) / 2 - dx / 5);
        let edge = |(x, y): (i32, i32)| {
            let (toward_x, toward_y) = (middle_x - x, middle_y - y);
            let by_x = BOX.0 * 500 / toward_x.abs().max(1);
            let by_y = BOX.1 * 500 / toward_y.abs().max(1);
            let scale = by_x.min(by_y);
            (x + toward_x * scale / 1000, y + toward_y * scale / 1000)
        };
        let ((x0, y0), (x1, y1)) = (edge((x0, y0)), edge((x1, y1)));
        let (text_x, text_y) = ((x0 + 2 * middle_x + x1) / 4, (y0 + 2 * middle_y + y1) / 4);
        let _ = writeln!(
            svg,
            "<path d=\"M{x0} {y0}Q{middle_x} {middle_y} {x1} {y1}\" fill=\"none\" stroke=\"#000\" \
             marker-end=\"url(#tip)\"/>\n<text x=\"{text_x}\" y=\"{text_y}\" text-anchor=\"middle\" stroke=\"#fff\" \
             stroke-width=\"4\" paint-order=\"stroke\">{label}</text>"
        );
    }
    for state in VmState::ALL {
        let (x, y) = place(state);
        let (left, top) = (x - BOX.0 / 2, y - BOX.1 / 2);
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"#eef\" stroke=\"#000\"/>\n\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{state:?}</text>",
            BOX.0,
            BOX.1,
            y + 5
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn book(file: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src")).join(file)
}

/// The text with what is between two marks replaced.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&begin).expect("the mark is there");
    let (_, after) = rest.split_once(&end).expect("the mark's end is there");
    format!("{before}{begin}\n{part}\n{end}{after}")
}

#[test]
fn the_book_says_what_the_tables_say() {
    let chapter = book("vm-management.md");
    let found = fs::read_to_string(&chapter).expect("the chapter is there");
    let text = with_part(&found, "states", &states_table());
    let text = with_part(&text, "rights", &rights_table());
    let (drawing, picture) = (book("vm-states.svg"), picture());
    if std::env::var_os("UPDATE_BOOK").is_some() {
        fs::write(&chapter, &text).expect("the chapter can be written");
        fs::write(&drawing, &picture).expect("the picture can be written");
    }
    let now = fs::read_to_string(&chapter).expect("the chapter is there");
    assert_eq!(now, text, "UPDATE_BOOK=1 cargo test -p vm-manager book");
    let drawn = fs::read_to_string(&drawing).unwrap_or_default();
    assert_eq!(drawn, picture, "UPDATE_BOOK=1 cargo test -p vm-manager book");
}
