//! Queues without memory of their own: a fixed set of nodes, each in at most one of a fixed set of lists.
//!
//! All operations take constant time.

const NONE: u16 = u16::MAX;

#[derive(Clone, Copy)]
struct Node {
    next: u16,
    previous: u16,
    /// The list that the node is in, or `NONE`.
    list: u16,
}

#[derive(Clone, Copy)]
struct Ends {
    first: u16,
    last: u16,
}

/// `LISTS` queues over `NODES` nodes. Nodes and lists are named by their numbers; numbers out of range do nothing.
pub struct Lists<const NODES: usize, const LISTS: usize> {
    nodes: [Node; NODES],
    ends: [Ends; LISTS],
}

impl<const NODES: usize, const LISTS: usize> Lists<NODES, LISTS> {
    /// Empty lists.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nodes: [Node { next: NONE, previous: NONE, list: NONE }; NODES],
            ends: [Ends { first: NONE, last: NONE }; LISTS],
        }
    }

    /// The list that a node is in.
    #[must_use]
    pub fn list_of(&self, node: u16) -> Option<u16> {
        self.nodes.get(usize::from(node)).map(|node| node.list).filter(|list| *list != NONE)
    }

    /// The first node of a list.
    #[must_use]
    pub fn first(&self, list: u16) -> Option<u16> {
        self.ends.get(usize::from(list)).map(|ends| ends.first).filter(|first| *first != NONE)
    }

    /// Appends a node to a list. Does nothing if it is in one already.
    pub fn push_back(&mut self, list: u16, node: u16) {
        let Some(ends) = self.begin_push(list, node) else { return };
        let last = ends.last;
        ends.last = node;
        if last == NONE {
            ends.first = node;
        }
        self.set_neighbours(node, last, NONE);
    }

    /// Puts a node before all others of a list. Does nothing if it is in one already.
    pub fn push_front(&mut self, list: u16, node: u16) {
        let Some(ends) = self.begin_push(list, node) else { return };
        let first = ends.first;
        ends.first = node;
        if first == NONE {
            ends.last = node;
        }
        self.set_neighbours(node, NONE, first);
    }

    /// Takes a node out of its list, if it is in one; that list.
    pub fn remove(&mut self, node: u16) -> Option<u16> {
        let entry = self.nodes.get_mut(usize::from(node))?;
        let Node { next, previous, list } = *entry;
        let ends = self.ends.get_mut(usize::from(list))?;
        entry.list = NONE;
        match self.nodes.get_mut(usize::from(previous)) {
            Some(neighbour) => neighbour.next = next,
            None => ends.first = next,
        }
        match self.nodes.get_mut(usize::from(next)) {
            Some(neighbour) => neighbour.previous = previous,
            None => ends.last = previous,
        }
        Some(list)
    }

    /// Takes the first node out of a list.
    pub fn pop(&mut self, list: u16) -> Option<u16> {
        let first = self.first(list)?;
        self.remove(first);
        Some(first)
    }

    fn begin_push(&mut self, list: u16, node: u16) -> Option<&mut Ends> {
        let ends = self.ends.get_mut(usize::from(list))?;
        let entry = self.nodes.get_mut(usize::from(node)).filter(|entry| entry.list == NONE)?;
        entry.list = list;
        Some(ends)
    }

    fn set_neighbours(&mut self, node: u16, previous: u16, next: u16) {
        if let Some(entry) = self.nodes.get_mut(usize::from(node)) {
            entry.previous = previous;
            entry.next = next;
        }
        if let Some(entry) = self.nodes.get_mut(usize::from(previous)) {
            entry.next = node;
        }
        if let Some(entry) = self.nodes.get_mut(usize::from(next)) {
            entry.previous = node;
        }
    }
}

impl<const NODES: usize, const LISTS: usize> Default for Lists<NODES, LISTS> {
    fn default() -> Self {
        Self::new()
    }
}
