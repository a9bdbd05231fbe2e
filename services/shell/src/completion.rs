//! What the word under the cursor could become.

use crate::command::{COMMANDS, Command, Kind};
use crate::order::{FORCE, LEVELS, WARM};
use bulkhead_protocol::config;

/// Words that can stand where the cursor is, by what is before it.
#[derive(Debug)]
pub(crate) struct Completion<'l> {
    /// What there is of the word.
    pub(crate) start: &'l str,
    kind: Option<Kind>,
    /// The VM that is named before, for its devices.
    vm: Option<&'l str>,
}

impl<'l> Completion<'l> {
    /// Looks at what is before the cursor.
    pub(crate) fn of(before: &'l str) -> Self {
        let start =
            before.rfind(' ').map_or(before, |blank| before.get(blank..).unwrap_or_default().trim_start());
        let before = before.get(..before.len().saturating_sub(start.len())).unwrap_or_default();
        let mut words = before.split_ascii_whitespace();
        let kind = match words.next() {
            None => Some(Kind::Command),
            Some(name) => {
                let place = words.clone().count();
                Command::by_name(name).and_then(|command| command.argument(place))
            }
        };
        Self { start, kind, vm: words.next() }
    }

    /// The words that begin as the one before the cursor, in order.
    pub(crate) fn candidates<'c>(
        &self,
        config: &'c config::Shell,
    ) -> impl Iterator<Item = &'c str> + use<'c, 'l> {
        let (kind, start, vm) = (self.kind, self.start, self.vm);
        let only = move |wanted: Kind| (kind == Some(wanted)).then_some(());
        let commands =
            only(Kind::Command).into_iter().flat_map(|()| COMMANDS.iter().map(|command| command.name));
        let vms = only(Kind::Vm).into_iter().flat_map(|()| config.vms.iter().map(|vm| vm.name.as_str()));
        let devices = only(Kind::Device).into_iter().flat_map(move |()| {
            let of_vm = config.vms.iter().filter(move |known| Some(known.name.as_str()) == vm);
            of_vm.flat_map(|vm| vm.devices.iter().map(|(name, _)| name.as_str()))
        });
        let levels = only(Kind::Level).into_iter().flat_map(|()| LEVELS.iter().map(|(name, _)| *name));
        let force = only(Kind::Ending).map(|()| FORCE);
        let warm = only(Kind::Warm).map(|()| WARM);
        let all = commands.chain(vms).chain(devices).chain(levels).chain(force).chain(warm);
        all.filter(move |word| word.starts_with(start))
    }
}

/// Letters that all words have in common, from their start.
pub(crate) fn common<'w>(mut words: impl Iterator<Item = &'w str>) -> &'w str {
    let Some(first) = words.next() else { return "" };
    let length = words.fold(first.len(), |length, word| {
        let same = first.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        length.min(same)
    });
    first.get(..length).unwrap_or_default()
}
