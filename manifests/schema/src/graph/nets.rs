//! Who reaches whom, gathered by what is reached.

use super::content::{Band, Content};
use crate::system::{Capability, Mount, System};

/// Everything that reaches one target in one way.
#[derive(Debug)]
pub(super) struct Net {
    pub(super) way: Way,
    pub(super) target: Target,
    /// Nodes.
    pub(super) sources: Vec<usize>,
    /// Each connection in words.
    pub(super) words: Vec<String>,
}

/// A way to reach something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Call,
    Exit,
    Notify,
    Memory,
}

/// What is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The node with this index.
    Node(usize),
    /// The memory of the VM with this index.
    Vm(usize),
}

pub(super) fn of(system: &System, content: &Content) -> Vec<Net> {
    let node_of = |task: usize| content.nodes.iter().position(|node| node.tasks.contains(&task));
    let mut nets: Vec<Net> = Vec::new();
    for (index, task) in system.tasks.iter().enumerate() {
        let Some(source) = node_of(index) else { continue };
        for slot in &task.slots {
            let (way, target, verb) = match slot {
                Capability::Call(call) => (Way::Call, call.target, "calls"),
                Capability::Notify { target, .. } => (Way::Notify, *target, "notifies"),
                _ => continue,
            };
            if let Some(node) = node_of(target) {
                let words = format!("{} {verb} {}", task.name, system.tasks[target].name);
                add(&mut nets, way, Target::Node(node), source, words);
            }
        }
        for mount in &task.mounts {
            if let Mount::GuestMemory { vm, .. } = mount {
                let words = format!("{} sees the RAM of {}", task.name, system.vms[*vm].name.value);
                add(&mut nets, Way::Memory, Target::Vm(*vm), source, words);
            }
        }
    }
    for (source, node) in content.nodes.iter().enumerate().filter(|(_, node)| node.band == Band::Guest) {
        let Some(vm) = node.vm else { continue };
        for (_, server) in &system.vms[vm].servers {
            if let Some(target) = node_of(*server) {
                let words = format!("{} exits to {}", node.title, system.tasks[*server].name);
                add(&mut nets, Way::Exit, Target::Node(target), source, words);
            }
        }
    }
    nets
}

fn add(nets: &mut Vec<Net>, way: Way, target: Target, source: usize, words: String) {
    // Servers of a VM that call each other are inside their node.
    if target == Target::Node(source) {
        return;
    }
    let known = nets.iter().position(|net| net.way == way && net.target == target);
    let at = known.unwrap_or_else(|| {
        nets.push(Net { way, target, sources: Vec::new(), words: Vec::new() });
        nets.len() - 1
    });
    let net = &mut nets[at];
    if !net.sources.contains(&source) {
        net.sources.push(source);
    }
    if !net.words.contains(&words) {
        net.words.push(words);
    }
}
