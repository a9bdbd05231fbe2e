//! The report as one page that needs nothing else: sums, pictures as SVG, and every miss.

use super::report::{Cell, Report, promise};
use std::fmt::Write as _;

const STYLE: &str = "\
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; max-width: 1100px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.6em } h2 { margin-top: 2em; font-size: 1.2em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } td, th { padding: .2em .7em; text-align: right }
td:first-child, th:first-child { text-align: left } tr:nth-child(even) { background: #f4f7f9 }
code { background: #eef2f5; padding: .1em .3em } .bad { color: #b3261e; font-weight: 600 } .good { color: #1b7f4b }
.big { display: inline-block; margin-right: 2.5em } .big b { display: block; font-size: 1.8em }
svg text { font: 12px system-ui, sans-serif; fill: #1c2733 } li { margin: .5em 0 }
";

/// Everything good, something that a guest noticed although no promise was broken, a broken promise.
const COLOURS: [&str; 3] = ["#3f9c6d", "#e3b341", "#c8382e"];
const CELL: usize = 74;
const ROW: usize = 22;
const LEFT: usize = 170;
/// Misses that are shown one by one.
const SHOWN: usize = 200;

/// The page.
pub(super) fn page(report: &Report) -> String {
    let Report { name, machine, seed, runs, .. } = report;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Fault campaign {name}</title>\n\
         <style>{STYLE}</style>\n<h1>Fault campaign <i>{}</i></h1>\n\
         <p>{}, seed {seed}, {runs} boot(s).</p>\n",
        escaped(name),
        escaped(machine),
    );
    totals(&mut page, report);
    if !report.ends.is_empty() {
        let ends: Vec<_> = report.ends.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let _ = writeln!(page, "<p>Lives of other guests, by their ends: {}.</p>", escaped(&ends.join(", ")));
    }
    page.push_str("<h2>By kind and server</h2>\n");
    map(&mut page, report);
    page.push_str("<h2>Time from the end of a life to the next one's first answer</h2>\n");
    histogram(&mut page, report);
    kinds(&mut page, report);
    misses(&mut page, report);
    page.push_str("</html>\n");
    page
}

fn totals(page: &mut String, report: &Report) {
    let total = report.total();
    let verdict = if report.holds() { ("good", "kept") } else { ("bad", "BROKEN") };
    let _ = writeln!(
        page,
        "<p><span class=\"big\"><b>{}</b>injected</span><span class=\"big\"><b>{}</b>contained</span>\
         <span class=\"big\"><b>{}</b>recovered</span><span class=\"big {}\"><b>{}</b>promises</span></p>",
        total.injected,
        share(total.contained, total.injected),
        share(total.recovered, total.injected),
        verdict.0,
        verdict.1,
    );
    let [rounds, bytes, passes] = report.watched;
    if rounds > 0 {
        let _ = writeln!(
            page,
            "<p>The watching guest went {rounds} rounds and wrote {bytes} bytes of its numbered stream, which all came \
             in order and once unless a miss below says otherwise; its neighbour looked through its memory {passes} \
             times. {} order(s) found no event to come with.</p>",
            report.waiting
        );
    }
}

/// A square for each kind and server, with the number of faults.
fn map(page: &mut String, report: &Report) {
    let (kinds, servers) = report.axes();
    let (width, height) = (LEFT + servers.len() * CELL, (kinds.len() + 1) * ROW + 8);
    let _ = writeln!(page, "<svg width=\"{width}\" height=\"{height}\" role=\"img\">");
    for (column, server) in servers.iter().enumerate() {
        let x = LEFT + column * CELL + CELL / 2;
        let _ = writeln!(page, "<text x=\"{x}\" y=\"14\" text-anchor=\"middle\">{}</text>", escaped(server));
    }
    for (row, kind) in kinds.iter().enumerate() {
        let y = (row + 1) * ROW;
        let _ = writeln!(page, "<text x=\"0\" y=\"{}\">{}</text>", y + 15, escaped(kind));
        for (column, server) in servers.iter().enumerate() {
            let Some(cell) = report.cells.get(&(kind.clone(), server.clone())) else { continue };
            let x = LEFT + column * CELL;
            let _ = writeln!(
                page,
                "<g><title>{} in {}: {}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill=\"{}\"/>\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" style=\"fill:#fff\">{}</text></g>",
                escaped(kind),
                escaped(server),
                escaped(&told(cell)),
                x + 1,
                y + 1,
                CELL - 2,
                ROW - 2,
                colour(cell),
                x + CELL / 2,
                y + 15,
                cell.injected,
            );
        }
    }
    page.push_str("</svg>\n");
    let _ = writeln!(
        page,
        "<p><b style=\"color:{}\">■</b> contained and recovered, the guest saw at most a pause \
         <b style=\"color:{}\">■</b> contained and recovered, but a lie was noticed \
         <b style=\"color:{}\">■</b> a broken promise. The number is that of the faults.</p>",
        COLOURS[0], COLOURS[1], COLOURS[2]
    );
}

fn colour(cell: &Cell) -> &'static str {
    let quiet = ["nothing", "pause", "none", "noticed"].iter().filter_map(|name| cell.effects.get(*name));
    if cell.contained < cell.injected || cell.recovered < cell.injected {
        COLOURS[2]
    } else if quiet.sum::<u64>() < cell.injected {
        COLOURS[1]
    } else {
        COLOURS[0]
    }
}

fn told(cell: &Cell) -> String {
    let effects: Vec<_> = cell.effects.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!(
        "{} injected, {} contained, {} recovered; {}",
        cell.injected,
        cell.contained,
        cell.recovered,
        effects.join(", ")
    )
}

/// How often recovery took how long; each bar is a doubling of time cut in four.
fn histogram(page: &mut String, report: &Report) {
    let total = report.total();
    let Some([median, p99, most]) = total.percentiles() else {
        page.push_str("<p>No life ended.</p>\n");
        return;
    };
    let bucket = |time: u64| {
        let whole = time.max(1).ilog2() as usize;
        let quarter = usize::try_from((time << 2 >> whole) & 3).unwrap_or(0);
        whole * 4 + quarter
    };
    let mut counts = vec![0_u64; 260];
    for time in &total.times {
        counts[bucket(*time)] += 1;
    }
    let first = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let last = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
    let highest = counts.iter().copied().max().unwrap_or(1).max(1);
    let (bar, height) = (26, 180);
    let width = (last - first + 1) * bar + 20;
    let _ = writeln!(page, "<svg width=\"{}\" height=\"{}\" role=\"img\">", width.max(320), height + 40);
    for (place, count) in counts[first..=last].iter().enumerate() {
        let high = usize::try_from(count * height as u64 / highest).unwrap_or(0).max(usize::from(*count > 0));
        let (x, start) = (place * bar, lower_end(first + place));
        let _ = writeln!(
            page,
            "<g><title>from {start} {}: {count}</title><rect x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{high}\" \
             fill=\"#3b6ea5\"/></g>",
            report.unit,
            height - high + 12,
            bar - 3,
        );
        if (first + place) % 4 == 0 || place == 0 {
            let _ = writeln!(page, "<text x=\"{x}\" y=\"{}\">{}</text>", height + 28, short(start));
        }
    }
    page.push_str("</svg>\n");
    let _ = writeln!(page, "<p>Median {median}, 99th percentile {p99}, maximum {most} {}.</p>", report.unit);
}

fn lower_end(bucket: usize) -> u64 {
    let (whole, quarter) = (bucket / 4, bucket as u64 % 4);
    (4 + quarter) << whole >> 2
}

fn short(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..10_000_000 => format!("{} k", number / 1000),
        _ => format!("{} M", number / 1_000_000),
    }
}

fn kinds(page: &mut String, report: &Report) {
    let _ = writeln!(
        page,
        "<h2>By kind</h2>\n<table><tr><th>kind</th><th>promise</th><th>injected</th><th>contained</th>\
         <th>recovered</th><th>median</th><th>99 %</th><th>maximum</th><th>seen from outside</th></tr>"
    );
    let (kinds, servers) = report.axes();
    let mut row = |name: &str, promise: &str, cell: &Cell| {
        let times = cell.percentiles().map_or_else(
            || "<td></td><td></td><td></td>".to_owned(),
            |times| times.iter().map(|time| format!("<td>{time}</td>")).collect(),
        );
        let effects: Vec<_> = cell.effects.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{promise}</td><td>{}</td><td>{}</td><td>{}</td>{times}<td>{}</td></tr>",
            escaped(name),
            cell.injected,
            cell.contained,
            cell.recovered,
            escaped(&effects.join(", ")),
        );
    };
    for kind in &kinds {
        row(kind, promise(kind), &report.sum(|one, _| one == kind));
    }
    for server in &servers {
        row(server, "", &report.sum(|_, one| one == server));
    }
    row("all", "", &report.total());
    page.push_str("</table>\n");
}

fn misses(page: &mut String, report: &Report) {
    for (title, is_broken) in [("Broken promises", true), ("Noticed by somebody, no promise broken", false)] {
        let all: Vec<_> = report.misses.iter().filter(|miss| miss.is_broken == is_broken).collect();
        let _ = writeln!(page, "<h2>{title}: {}</h2>\n<ul>", all.len());
        for miss in all.iter().take(SHOWN) {
            let _ = writeln!(
                page,
                "<li>{}: {}<br><code>{}</code></li>",
                escaped(&miss.fault),
                escaped(&miss.reasons.join("; ")),
                escaped(&miss.replay)
            );
        }
        page.push_str("</ul>\n");
    }
}

fn share(part: u64, whole: u64) -> String {
    if part == whole {
        return "100 %".into();
    }
    // Cut off, so that what is not everything is never shown as 100.
    let thousandths = part.saturating_mul(100_000).checked_div(whole).unwrap_or(0);
    format!("{}.{:03} %", thousandths / 1000, thousandths % 1000)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
