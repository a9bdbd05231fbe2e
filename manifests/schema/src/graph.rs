//! A system as a picture: CPUs as columns, their tasks and vCPUs by priority, VMs with their devices, and who reaches whom.
//!
//! Everything that reaches the same thing in the same way is one *net*, drawn as in a circuit: a source joins it, the
//! arrow is at its target. So a picture with four VMs has as many lines as there are things to reach, not as many as
//! there are slots. Nodes of one priority stand side by side; below each row of nodes is a channel for its nets; right
//! of each CPU is a gutter in which nets change rows; below all tasks they change columns.

mod content;
mod layout;
mod nets;
mod svg;

use crate::system::System;

/// The picture, as SVG for light and dark backgrounds.
#[must_use]
pub fn draw(system: &System) -> String {
    let content = content::of(system);
    let nets = nets::of(system, &content);
    svg::write(&layout::arrange(&content, &nets))
}

/// Sizes count in pixels.
pub(crate) type Px = i32;

/// A count as pixels.
fn px(count: usize) -> Px {
    Px::try_from(count).unwrap_or(Px::MAX / 4)
}

#[cfg(test)]
mod tests;
