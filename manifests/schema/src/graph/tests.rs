use super::*;
use crate::load;
use layout::{Picture, Rect};
use std::fmt::Write as _;

fn picture(text: &str) -> Picture {
    let system = load(text, &()).unwrap();
    let content = content::of(&system);
    let nets = nets::of(&system, &content);
    layout::arrange(&content, &nets)
}

fn vms(count: usize, more: &str) -> String {
    (0..count).fold(String::new(), |mut text, vm| {
        let _ = writeln!(
            text,
            "[[vm]]\nname = \"guest-number-{vm}\"\nmemory = \"64 MiB\"\n{more}\n\
             boot = {{ protocol = \"flat\", kernel = \"guest:spin\" }}"
        );
        text
    })
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// Six of the seven: four VMs with all of them have too many slots in the VM manager.
const DEVICES: &str = "devices = [\"vuart\", \"vpci\", \"vioapic\", \"vpic\", \"vtimer\", \"vpower\"]";

fn systems() -> [String; 4] {
    [
        vms(1, ""),
        vms(4, DEVICES),
        vms(4, "devices = []\nvcpus = [1, 2, 3]\nservers_cpu = 3\nbudget = \"1 ms\""),
        format!(
            "{}[vm.server.vuart]\npriority = 30\nbudget = \"1 ms\"\nperiod = \"100 ms\"\n",
            vms(2, "cpu = 1")
        ),
    ]
}

#[test]
fn no_text_lies_on_another_or_outside() {
    for system in systems() {
        let picture = picture(&system);
        let texts = svg::texts(&picture);
        for (index, text) in texts.iter().enumerate() {
            let rect = text.rect();
            assert!(rect.x >= 0 && rect.y >= 0 && rect.y + rect.height <= picture.height, "{text:?}");
            for other in &texts[..index] {
                assert!(!overlap(rect, other.rect()), "{text:?} lies on {other:?}");
            }
        }
    }
}

#[test]
fn no_line_crosses_a_text() {
    for system in systems() {
        let picture = picture(&system);
        let texts = svg::texts(&picture);
        for wire in &picture.wires {
            for ((x1, y1), (x2, y2)) in wire.segments.iter().copied().chain([wire.arrow]) {
                let (x, y) = (x1.min(x2), y1.min(y2));
                let line = Rect { x, y, width: (x1 - x2).abs() + 1, height: (y1 - y2).abs() + 1 };
                let crossed = texts.iter().find(|text| overlap(line, text.rect()));
                assert!(crossed.is_none(), "{:?} crosses {crossed:?}", wire.words);
            }
        }
    }
}

#[test]
fn every_node_and_vm_has_a_box_of_its_own() {
    for system in systems() {
        let picture = picture(&system);
        for (index, node) in picture.boxes.iter().enumerate() {
            assert!(picture.boxes[..index].iter().all(|other| !overlap(node.rect, other.rect)), "{node:?}");
        }
    }
}

#[test]
fn lines_are_horizontal_or_vertical_and_arrows_end_at_boxes() {
    for system in systems() {
        let picture = picture(&system);
        for wire in &picture.wires {
            for ((x1, y1), (x2, y2)) in wire.segments.iter().chain([&wire.arrow]) {
                assert!(x1 == x2 || y1 == y2, "{wire:?}");
            }
            let (_, (x, y)) = wire.arrow;
            let ends = picture.boxes.iter().any(|node| {
                let Rect { x: left, y: top, width, height } = node.rect;
                (left..left + width).contains(&x) && (y == top || y == top + height)
            });
            assert!(ends, "{wire:?}");
        }
    }
}

#[test]
fn every_capability_to_reach_somebody_is_in_the_picture() {
    let system = load(&vms(2, ""), &()).unwrap();
    let svg = draw(&system);
    for words in [
        "guest-number-0.vuart calls console",
        "guest-number-1.emulator sees the RAM of guest-number-1",
        "vm-manager calls loader",
        "supervisor notifies vm-manager",
        "guest-number-0: vCPU 0 exits to guest-number-0.vuart",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn names_cannot_break_the_picture() {
    let mut system = load(&vms(1, ""), &()).unwrap();
    system.name = "<a & \"b\">".into();
    assert!(draw(&system).contains("&lt;a &amp; &quot;b&quot;&gt;"));
}
