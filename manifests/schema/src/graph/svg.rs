//! The picture as SVG. Colours are classes, with a second set for dark backgrounds; every text is a text.

use super::Px;
use super::layout::{NODE, NodeBox, Picture, Rect, Wire};
use super::nets::Way;
use std::fmt::Write as _;

const STYLE: &str = "
    .ground { fill: #ffffff } .ring3 { fill: #f1f5f9 } .ring0 { fill: #fee2e2 } .guest { fill: #f7fee7 }
    text { fill: #0f172a } .soft { fill: #475569 } .ring0-text { fill: #991b1b }
    .node { fill: #ffffff; stroke: #94a3b8 } .header { fill: #e2e8f0 } .track { fill: #cbd5e1 } .load { fill: #0f766e }
    .column { fill: none; stroke: #94a3b8; stroke-dasharray: 2 4 }
    .wire { fill: none; stroke-width: 1.4 } .call { stroke: #2563eb } .exit { stroke: #9333ea }
    .notify { stroke: #b45309; stroke-dasharray: 5 3 } .memory { stroke: #047857; stroke-dasharray: 1.5 2.5; stroke-width: 2 }
    .call-fill { fill: #2563eb } .exit-fill { fill: #9333ea } .notify-fill { fill: #b45309 } .memory-fill { fill: #047857 }
    .vm0 { fill: #16a34a } .vm1 { fill: #ea580c } .vm2 { fill: #0891b2 } .vm3 { fill: #db2777 }
    .vm4 { fill: #65a30d } .vm5 { fill: #7c3aed } .vm6 { fill: #ca8a04 } .vm7 { fill: #475569 }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0b1120 } .ring3 { fill: #111c30 } .ring0 { fill: #43161a } .guest { fill: #14231a }
      text { fill: #e2e8f0 } .soft { fill: #a3b2c6 } .ring0-text { fill: #fecaca }
      .node { fill: #1b2840; stroke: #64748b } .header { fill: #25344f } .track { fill: #3b4a63 } .load { fill: #2dd4bf }
      .column { stroke: #64748b }
      .call { stroke: #60a5fa } .exit { stroke: #c084fc } .notify { stroke: #fbbf24 } .memory { stroke: #34d399 }
      .call-fill { fill: #60a5fa } .exit-fill { fill: #c084fc } .notify-fill { fill: #fbbf24 } .memory-fill { fill: #34d399 }
    }";

/// Width of a character in percent of its size: wide enough for the common sans-serif fonts.
const CHARACTER: Px = 56;

/// A text and the room that it takes.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) x: Px,
    /// Its base line.
    pub(super) y: Px,
    pub(super) size: Px,
    pub(super) class: &'static str,
    pub(super) from_right: bool,
    pub(super) words: String,
}

impl Text {
    /// Pixels that it takes.
    pub(super) fn width(&self) -> Px {
        super::px(self.words.chars().count()) * self.size * CHARACTER / 100
    }

    /// Where it is.
    #[cfg(test)]
    pub(super) fn rect(&self) -> Rect {
        let width = self.width();
        let x = if self.from_right { self.x - width } else { self.x };
        Rect { x, y: self.y - self.size, width, height: self.size + 3 }
    }

    /// Cuts it to a width.
    fn within(mut self, width: Px) -> Self {
        if self.width() > width {
            while self.width() > width - self.size && self.words.pop().is_some() {}
            self.words.push('…');
        }
        self
    }
}

/// All texts of a picture.
pub(super) fn texts(picture: &Picture) -> Vec<Text> {
    let text =
        |x, y, size, class, words: &str| Text { x, y, size, class, from_right: false, words: words.into() };
    let mut texts = vec![text(28, 46, 20, "bold", &format!("system {}", picture.title))];
    for (rect, class, label) in &picture.bands {
        let is_core = *class == "ring0";
        let y = if is_core { rect.y + rect.height / 2 + 5 } else { rect.y + 18 };
        let class = if is_core { "ring0-text bold" } else { "soft" };
        texts.push(text(rect.x + 14, y, if is_core { 14 } else { 12 }, class, label));
    }
    for (rect, title, load, _) in &picture.headers {
        texts.push(text(rect.x + 10, rect.y + 20, 14, "bold", title));
        let mut load = text(rect.x + rect.width - 10, rect.y + 20, 11, "soft", load).within(rect.width - 80);
        load.from_right = true;
        texts.push(load);
    }
    for NodeBox { rect, title, corner, lines, .. } in &picture.boxes {
        let mut corner = text(rect.x + rect.width - 10, rect.y + 19, 11, "soft", corner);
        corner.from_right = true;
        let room = NODE - 36 - corner.width();
        texts.push(text(rect.x + 14, rect.y + 19, 13, "bold", title).within(room));
        for (line, y) in lines.iter().zip((rect.y + 36..).step_by(16)) {
            texts.push(text(rect.x + 14, y, 11, "soft", line).within(NODE - 24));
        }
        if !corner.words.is_empty() {
            texts.push(corner);
        }
    }
    for (index, (_, words)) in LEGEND.iter().enumerate() {
        let (x, y) = legend_place(picture, index);
        texts.push(text(x + 40, y, 12, "soft", words));
    }
    texts
}

const LEGEND: [(Way, &str); 4] = [
    (Way::Call, "calls and waits"),
    (Way::Exit, "exits: a vCPU waits"),
    (Way::Notify, "notifies"),
    (Way::Memory, "sees guest memory"),
];

pub(super) fn write(picture: &Picture) -> String {
    let (width, height) = (picture.width, picture.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n  <title>{}</title>\n  <style>{STYLE}\n    \
         .bold {{ font-weight: 600 }}\n  </style>\n",
        escaped(&format!("System {}", picture.title)),
    );
    rect(&mut out, Rect { x: 0, y: 0, width, height }, "ground", 0);
    for (band, class, _) in &picture.bands {
        rect(&mut out, *band, class, 8);
    }
    for column in &picture.columns {
        rect(&mut out, *column, "column", 6);
    }
    for (header, _, _, ppm) in &picture.headers {
        rect(&mut out, *header, "header", 4);
        if *ppm != 0 {
            bar(&mut out, *header, *ppm);
        }
    }
    for wire in &picture.wires {
        write_wire(&mut out, wire);
    }
    for node in &picture.boxes {
        rect(&mut out, node.rect, "node", 5);
        if let Some(vm) = node.vm {
            let stripe = Rect { x: node.rect.x, y: node.rect.y + 3, width: 5, height: node.rect.height - 6 };
            rect(&mut out, stripe, &format!("vm{}", vm % 8), 2);
        }
        if node.ppm != 0 {
            bar(&mut out, node.rect, node.ppm);
        }
    }
    for text in texts(picture) {
        let anchor = if text.from_right { " text-anchor=\"end\"" } else { "" };
        let _ = writeln!(
            out,
            "  <text x=\"{}\" y=\"{}\" font-size=\"{}\" class=\"{}\"{anchor}>{}</text>",
            text.x,
            text.y,
            text.size,
            text.class,
            escaped(&text.words)
        );
    }
    for (index, (way, _)) in LEGEND.iter().enumerate() {
        let (x, y) = legend_place(picture, index);
        let _ = writeln!(out, "  <path class=\"wire {}\" d=\"M{x} {} h26\"/>", class(*way), y - 4);
        arrow_head(&mut out, *way, (x + 26, y - 4), (x + 34, y - 4));
    }
    out.push_str("</svg>\n");
    out
}

/// Two entries side by side.
fn legend_place(picture: &Picture, index: usize) -> (Px, Px) {
    let (x, y) = picture.legend;
    (x + super::px(index % 2) * 190, y + super::px(index / 2) * 22)
}

fn rect(out: &mut String, rect: Rect, class: &str, radius: Px) {
    let Rect { x, y, width, height } = rect;
    let _ = writeln!(
        out,
        "  <rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
    );
}

/// A load along the lower edge of a box.
fn bar(out: &mut String, of: Rect, ppm: u64) {
    let track = Rect { x: of.x + 10, y: of.y + of.height - 6, width: of.width - 20, height: 3 };
    rect(out, track, "track", 1);
    let share = i64::try_from(ppm.min(1_000_000)).unwrap_or(0) * i64::from(track.width) / 1_000_000;
    rect(out, Rect { width: Px::try_from(share).unwrap_or(0), ..track }, "load", 1);
}

const fn class(way: Way) -> &'static str {
    match way {
        Way::Call => "call",
        Way::Exit => "exit",
        Way::Notify => "notify",
        Way::Memory => "memory",
    }
}

fn write_wire(out: &mut String, wire: &Wire) {
    let class = class(wire.way);
    let _ = write!(
        out,
        "  <g><title>{}</title><path class=\"wire {class}\" d=\"",
        escaped(&wire.words.join("; "))
    );
    for ((x1, y1), (x2, y2)) in &wire.segments {
        let _ = write!(out, "M{x1} {y1} L{x2} {y2} ");
    }
    let ((x1, y1), (x2, y2)) = wire.arrow;
    let _ = writeln!(out, "M{x1} {y1} L{x2} {}\"/>", y2 + 7 * (y1 - y2).signum());
    for (x, y) in &wire.dots {
        let _ = writeln!(out, "  <circle class=\"{class}-fill\" cx=\"{x}\" cy=\"{y}\" r=\"2.4\"/>");
    }
    arrow_head(out, wire.way, (x1, y1), (x2, y2));
    out.push_str("  </g>\n");
}

fn arrow_head(out: &mut String, way: Way, from: (Px, Px), to: (Px, Px)) {
    let (x, y) = to;
    let (dx, dy) = ((x - from.0).signum(), (y - from.1).signum());
    let (back_x, back_y) = (x - 8 * dx, y - 8 * dy);
    let _ = writeln!(
        out,
        "  <path class=\"{}-fill\" d=\"M{x} {y} L{} {} L{} {} z\"/>",
        class(way),
        back_x - 4 * dy,
        back_y - 4 * dx,
        back_x + 4 * dy,
        back_y + 4 * dx
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
