//! Where everything is: boxes, texts and lines in pixels. Nothing lies on a text.

use super::content::{Band, Column, Content, Node};
use super::nets::{Net, Target, Way};
use super::{Px, px};

/// A box of a node.
pub(super) const NODE: Px = 252;
const GAP: Px = 18;
const MARGIN: Px = 28;
/// Between two lines of a channel, a gutter or a backbone.
const PITCH: Px = 8;
/// Height of a node's title and of each line below it.
const TITLE: Px = 26;
const TEXT_LINE: Px = 16;
const HEADER: Px = 44;
const LABEL: Px = 36;
const CORE: Px = 44;
/// Boxes that stand side by side at the most, over all columns.
const WIDEST: usize = 5;

/// The whole picture.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) width: Px,
    pub(super) height: Px,
    pub(super) bands: Vec<(Rect, &'static str, String)>,
    /// From the most urgent task of a CPU down to its vCPUs.
    pub(super) columns: Vec<Rect>,
    pub(super) headers: Vec<(Rect, String, String, u64)>,
    pub(super) boxes: Vec<NodeBox>,
    pub(super) wires: Vec<Wire>,
    /// Where the legend begins.
    pub(super) legend: (Px, Px),
}

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: Px,
    pub(super) y: Px,
    pub(super) width: Px,
    pub(super) height: Px,
}

/// A node or VM with its place.
#[derive(Debug)]
pub(super) struct NodeBox {
    pub(super) rect: Rect,
    pub(super) title: String,
    pub(super) corner: String,
    pub(super) lines: Vec<String>,
    pub(super) ppm: u64,
    pub(super) vm: Option<usize>,
}

/// A net as lines.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) way: Way,
    /// From point to point, horizontal or vertical.
    pub(super) segments: Vec<((Px, Px), (Px, Px))>,
    /// Where more than two lines meet.
    pub(super) dots: Vec<(Px, Px)>,
    /// The last segment, to the target.
    pub(super) arrow: ((Px, Px), (Px, Px)),
    pub(super) words: Vec<String>,
}

/// Nodes side by side, and the nets below them.
struct Row {
    column: usize,
    band: Band,
    nodes: Vec<usize>,
    nets: Vec<usize>,
    top: Px,
    height: Px,
}

impl Row {
    const fn channel(&self, place: Px) -> Px {
        self.top + self.height + PITCH + place * PITCH
    }

    fn bottom(&self) -> Px {
        self.channel(px(self.nets.len())) + PITCH
    }
}

/// Left edge of a column, boxes side by side, and the lanes right of them.
struct Place {
    x: Px,
    units: usize,
    lanes: Vec<usize>,
}

impl Place {
    fn boxes_width(&self) -> Px {
        px(self.units) * (NODE + GAP) - GAP
    }

    fn lane_x(&self, net: usize) -> Option<Px> {
        let lane = self.lanes.iter().position(|other| *other == net)?;
        Some(self.x + self.boxes_width() + PITCH * 2 + px(lane) * PITCH)
    }

    fn right(&self) -> Px {
        self.x + self.boxes_width() + PITCH * 3 + px(self.lanes.len()) * PITCH
    }
}

pub(super) fn arrange(content: &Content, nets: &[Net]) -> Picture {
    let units = units(content);
    let mut rows = rows(content, nets, &units);
    let places = places(nets, &rows, &units);
    let backbones: Vec<usize> = (0..nets.len()).filter(|net| columns_of(*net, &rows).len() > 1).collect();

    let columns_right = places.last().map_or(MARGIN, Place::right);
    let vms_right = MARGIN * 2 + px(content.vms.len()) * (NODE + GAP);
    let width = columns_right.max(vms_right) + MARGIN;

    let ring3_top = MARGIN + 40;
    let header_top = ring3_top + LABEL;
    let backbone_top = stack(&mut rows, content, Band::Ring3, header_top + HEADER + PITCH);
    let ring3_bottom = backbone_top + px(backbones.len()) * PITCH + PITCH;
    let guest_top = ring3_bottom + CORE;
    let vcpus_bottom = stack(&mut rows, content, Band::Guest, guest_top + LABEL);
    let memory_nets: Vec<usize> =
        (0..nets.len()).filter(|net| matches!(nets[*net].target, Target::Vm(_))).collect();
    let vms_top = vcpus_bottom + PITCH + px(memory_nets.len()) * PITCH + PITCH * 3;
    let tallest = content.vms.iter().map(|vm| box_height(vm.lines.len())).max().unwrap_or(0);
    let guest_bottom = vms_top + tallest + PITCH * 2;

    let band =
        |top: Px, bottom: Px| Rect { x: MARGIN / 2, y: top, width: width - MARGIN, height: bottom - top };
    let mut picture = Picture {
        title: content.name.clone(),
        width,
        height: guest_bottom + 72,
        bands: vec![
            (
                band(ring3_top, ring3_bottom),
                "ring3",
                "ring 3: tasks, each in an address space of its own".into(),
            ),
            (band(ring3_bottom, guest_top), "ring0", "ring 0: the core".into()),
            (band(guest_top, guest_bottom), "guest", "guests".into()),
        ],
        legend: (MARGIN, guest_bottom + 28),
        ..Picture::default()
    };
    for (column, place) in content.columns.iter().zip(&places) {
        let rect = Rect { x: place.x, y: header_top, width: place.boxes_width(), height: HEADER - PITCH };
        let whole = Rect {
            x: place.x - GAP / 2,
            y: header_top - GAP / 2,
            width: place.right() - place.x + GAP / 2,
            height: vcpus_bottom - header_top + GAP / 2,
        };
        picture.columns.push(whole);
        let Column { title, load, ppm } = column;
        picture.headers.push((rect, title.clone(), load.clone(), *ppm));
    }
    for row in &rows {
        for (index, node) in row.nodes.iter().enumerate() {
            let node = &content.nodes[*node];
            picture.boxes.push(node_box(node, node_rect(row, index, &places)));
        }
    }
    for (index, vm) in content.vms.iter().enumerate() {
        let rect = Rect {
            x: MARGIN + px(index) * (NODE + GAP),
            y: vms_top,
            width: NODE,
            height: box_height(vm.lines.len()),
        };
        let (title, lines) = (vm.title.clone(), vm.lines.clone());
        picture.boxes.push(NodeBox { rect, title, corner: String::new(), lines, ppm: 0, vm: Some(index) });
    }
    let router = Router {
        nets,
        rows: &rows,
        places: &places,
        backbones: &backbones,
        backbone_top,
        memory_nets: &memory_nets,
        memory_top: vcpus_bottom + PITCH,
        vms_top,
    };
    picture.wires = (0..nets.len()).map(|net| router.wire(net)).collect();
    picture
}

fn node_box(node: &Node, rect: Rect) -> NodeBox {
    NodeBox {
        rect,
        title: node.title.clone(),
        corner: format!("prio {}", node.priority),
        lines: node.lines.clone(),
        ppm: node.ppm,
        vm: node.vm,
    }
}

fn box_height(lines: usize) -> Px {
    TITLE + px(lines) * TEXT_LINE + 8
}

/// How many boxes stand side by side in each column: one, and more where many are equal.
fn units(content: &Content) -> Vec<usize> {
    let mut units = vec![1_usize; content.columns.len()];
    while units.iter().sum::<usize>() < WIDEST {
        let most_rows = |column: usize, units: usize| -> usize {
            levels(content, column).iter().map(|(_, nodes)| nodes.len().div_ceil(units)).sum()
        };
        // One more where it saves the most rows.
        let saved =
            |column: &usize| most_rows(*column, units[*column]) - most_rows(*column, units[*column] + 1);
        let Some(best) = (0..units.len()).max_by_key(saved).filter(|column| saved(column) > 0) else { break };
        units[best] += 1;
    }
    units
}

/// The nodes of each priority in a column, the most urgent first.
fn levels(content: &Content, column: usize) -> Vec<((Band, u8), Vec<usize>)> {
    let mut levels: Vec<((Band, u8), Vec<usize>)> = Vec::new();
    for (index, node) in content.nodes.iter().enumerate().filter(|(_, node)| node.column == column) {
        let key = (node.band, node.priority);
        match levels.iter_mut().find(|(known, _)| *known == key) {
            Some((_, nodes)) => nodes.push(index),
            None => levels.push((key, vec![index])),
        }
    }
    levels.sort_by_key(|((band, priority), _)| (*band, core::cmp::Reverse(*priority)));
    levels
}

fn rows(content: &Content, nets: &[Net], units: &[usize]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (column, units) in units.iter().enumerate() {
        for ((band, _), nodes) in levels(content, column) {
            for nodes in nodes.chunks(*units) {
                let touches = |net: &usize| nodes.iter().any(|node| ends_at(&nets[*net], *node));
                let nets = (0..nets.len()).filter(touches).collect();
                rows.push(Row { column, band, nodes: nodes.to_vec(), nets, top: 0, height: 0 });
            }
        }
    }
    rows
}

fn ends_at(net: &Net, node: usize) -> bool {
    net.target == Target::Node(node) || net.sources.contains(&node)
}

fn columns_of(net: usize, rows: &[Row]) -> Vec<usize> {
    let mut columns: Vec<_> =
        rows.iter().filter(|row| row.nets.contains(&net)).map(|row| row.column).collect();
    columns.dedup();
    columns
}

/// A net has a lane in a gutter if it changes rows there, or columns.
fn places(nets: &[Net], rows: &[Row], units: &[usize]) -> Vec<Place> {
    let mut x = MARGIN;
    let mut places = Vec::new();
    for (column, units) in units.iter().enumerate() {
        let needs_lane = |net: &usize| {
            let here = rows.iter().filter(|row| row.column == column && row.nets.contains(net)).count();
            let is_wide = columns_of(*net, rows).len() > 1 || matches!(nets[*net].target, Target::Vm(_));
            here > 1 || here == 1 && is_wide
        };
        let place = Place { x, units: *units, lanes: (0..nets.len()).filter(needs_lane).collect() };
        x = place.right() + GAP;
        places.push(place);
    }
    places
}

/// Gives the rows of a band their heights; where the lowest ends.
fn stack(rows: &mut [Row], content: &Content, band: Band, top: Px) -> Px {
    let mut lowest = top;
    for column in 0..content.columns.len() {
        let mut y = top;
        for row in rows.iter_mut().filter(|row| row.column == column && row.band == band) {
            row.top = y;
            row.height =
                row.nodes.iter().map(|node| box_height(content.nodes[*node].lines.len())).max().unwrap_or(0);
            y = row.bottom() + PITCH;
        }
        lowest = lowest.max(y);
    }
    lowest
}

fn node_rect(row: &Row, index: usize, places: &[Place]) -> Rect {
    let x = places[row.column].x + px(index) * (NODE + GAP);
    Rect { x, y: row.top, width: NODE, height: row.height }
}

/// Turns nets into lines.
struct Router<'a> {
    nets: &'a [Net],
    rows: &'a [Row],
    places: &'a [Place],
    backbones: &'a [usize],
    backbone_top: Px,
    memory_nets: &'a [usize],
    memory_top: Px,
    vms_top: Px,
}

impl Router<'_> {
    fn wire(&self, index: usize) -> Wire {
        let net = &self.nets[index];
        let mut wire = Wire {
            way: net.way,
            segments: Vec::new(),
            dots: Vec::new(),
            arrow: ((0, 0), (0, 0)),
            words: net.words.clone(),
        };
        let backbone = self.backbones.iter().position(|other| *other == index);
        let backbone = backbone.map(|place| self.backbone_top + px(place) * PITCH);
        let memory = self.memory_nets.iter().position(|other| *other == index);
        let memory = memory.map(|place| self.memory_top + px(place) * PITCH);
        let mut lanes = Vec::new();
        for (column, place) in self.places.iter().enumerate() {
            let lane = place.lane_x(index);
            let mut ys = Vec::new();
            for row in self.rows.iter().filter(|row| row.column == column && row.nets.contains(&index)) {
                ys.push(self.channel(row, index, lane, &mut wire));
            }
            if let (Some(lane), false) = (lane, ys.is_empty()) {
                ys.extend(backbone);
                // Memory is below all columns: the first of them goes down.
                if lanes.is_empty() {
                    ys.extend(memory);
                }
                wire.through(ys.iter().map(|y| (lane, *y)).collect());
                lanes.push(lane);
            }
        }
        if let Some(y) = backbone {
            wire.through(lanes.iter().map(|x| (*x, y)).collect());
        }
        if let (Some(y), Target::Vm(vm), Some(lane)) = (memory, net.target, lanes.first()) {
            let x = MARGIN + px(vm) * (NODE + GAP) + NODE / 2;
            wire.through(vec![(*lane, y), (x, y)]);
            wire.arrow = ((x, y), (x, self.vms_top));
        }
        wire
    }

    /// The part of a net in the channel of a row; its height.
    fn channel(&self, row: &Row, net: usize, lane: Option<Px>, wire: &mut Wire) -> Px {
        let y = row.channel(row.nets.iter().position(|other| *other == net).map_or(0, px));
        let mut points = Vec::new();
        for (index, node) in row.nodes.iter().enumerate() {
            if !ends_at(&self.nets[net], *node) {
                continue;
            }
            let rect = node_rect(row, index, self.places);
            let own: Vec<usize> =
                row.nets.iter().copied().filter(|other| ends_at(&self.nets[*other], *node)).collect();
            let pin = own.iter().position(|other| *other == net).map_or(0, px) + 1;
            let x = rect.x + rect.width * pin / (px(own.len()) + 1);
            let bottom = rect.y + rect.height;
            if self.nets[net].target == Target::Node(*node) {
                wire.arrow = ((x, y), (x, bottom));
            } else {
                wire.segments.push(((x, bottom), (x, y)));
            }
            points.push((x, y));
        }
        points.extend(lane.map(|lane| (lane, y)));
        wire.through(points);
        y
    }
}

impl Wire {
    /// One line through all these points, with a dot at each but its ends.
    fn through(&mut self, mut points: Vec<(Px, Px)>) {
        points.sort_unstable();
        points.dedup();
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        if first != last {
            self.segments.push((*first, *last));
        }
        self.dots.extend(points.get(1..points.len() - 1).unwrap_or(&[]));
    }
}
