//! Finds the supervisor's reports among the lines of a console.

/// What every line of the supervisor begins with.
const SUPERVISOR: &str = "supervisor: ";
/// What follows that in all lines of a report but the first.
const INDENT: &str = "  ";

/// A report as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Corpse {
    /// The task's name.
    pub(super) task: String,
    /// Who was stopped, where and why.
    pub(super) cause: String,
    /// Where it was.
    pub(super) rip: Option<u64>,
    /// The event under way.
    pub(super) event: Option<String>,
    /// Lines of registers.
    pub(super) registers: Vec<String>,
    /// The first words of the stack.
    pub(super) stack: Vec<u64>,
    /// What the policy did.
    pub(super) then: Option<String>,
}

/// All reports in a log, in its order. Other lines may come between their lines.
pub(super) fn corpses(log: &str) -> Vec<Corpse> {
    let mut corpses: Vec<Corpse> = Vec::new();
    let mut is_open = false;
    for line in log.lines().filter_map(|line| line.trim_end().strip_prefix(SUPERVISOR)) {
        if let Some(detail) = line.strip_prefix(INDENT) {
            if let Some(corpse) = corpses.last_mut().filter(|_| is_open) {
                corpse.add(detail);
            }
        } else {
            let corpse = begin(line);
            is_open = corpse.is_some();
            corpses.extend(corpse);
        }
    }
    corpses
}

/// `linux.vuart (task 5, life 2, CPU 1): page fault at 0x10, error 0x4, rip 0x401234`
fn begin(line: &str) -> Option<Corpse> {
    let (task, rest) = line.split_once(" (task ")?;
    rest.contains(", life ").then_some(())?;
    let rip = line.rsplit_once(", rip ").and_then(|(_, address)| number(address));
    Some(Corpse { task: task.into(), cause: line.into(), rip, ..Corpse::default() })
}

impl Corpse {
    fn add(&mut self, detail: &str) {
        if let Some(then) = detail.strip_prefix("then ") {
            self.then = Some(then.into());
        } else if let Some(words) = detail.strip_prefix("stack+") {
            let words = words.split_whitespace().skip(1);
            self.stack.extend(words.filter_map(|word| u64::from_str_radix(word, 16).ok()));
        } else if detail.starts_with('r') {
            self.registers.push(detail.into());
        } else {
            self.event = Some(detail.into());
        }
    }
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
