//! The functions of a program, by address.

use object::{Object, ObjectSymbol, SymbolKind};

/// A function.
#[derive(Debug, Clone)]
struct Function {
    start: u64,
    length: u64,
    name: String,
}

/// All functions of a program, in the order of their addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Symbols(Vec<Function>);

impl Symbols {
    /// The functions that an ELF names.
    pub(super) fn of_elf(bytes: &[u8]) -> Option<Self> {
        let elf = object::File::parse(bytes).ok()?;
        let functions = elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text);
        let mut functions: Vec<_> = functions
            .filter_map(|symbol| {
                let name = format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?));
                Some(Function { start: symbol.address(), length: symbol.size(), name })
            })
            .collect();
        functions.sort_by_key(|function| function.start);
        Some(Self(functions))
    }

    /// `vuart::uart::Uart::write+0x24`, if the address is in a function.
    pub(super) fn resolve(&self, address: u64) -> Option<String> {
        let after = self.0.partition_point(|function| function.start <= address);
        let function = self.0.get(after.checked_sub(1)?)?;
        let offset = address - function.start;
        // What was written in assembly has no length; it goes on to the next function.
        let next = self.0.get(after).map_or(u64::MAX, |next| next.start - function.start);
        let length = if function.length == 0 { next.min(LONGEST_UNSIZED) } else { function.length };
        (offset < length).then(|| format!("{}+{offset:#x}", function.name))
    }

    #[cfg(test)]
    pub(super) fn of(functions: &[(u64, u64, &str)]) -> Self {
        let function = |(start, length, name): &(u64, u64, &str)| Function {
            start: *start,
            length: *length,
            name: (*name).into(),
        };
        Self(functions.iter().map(function).collect())
    }

    #[cfg(test)]
    pub(super) fn start_of(&self, name: &str) -> Option<u64> {
        self.0.iter().find(|function| function.name.contains(name)).map(|function| function.start)
    }
}

/// Bytes of assembly behind a name that are still believed to belong to it.
const LONGEST_UNSIZED: u64 = 0x100;
