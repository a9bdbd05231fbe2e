//! What a campaign's console says, line by line: the core's words on faults, and what the two guests wrote.

use super::policy::begins_anew;
use bulkhead_abi::inject::InjectKind;

/// Something that happened, in the order in which the console showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A fault was committed or ordered.
    Began { task: &'a str, kind: InjectKind, event: u64 },
    /// The victim's life ended of it.
    Died { task: &'a str },
    /// The next life answered: ticks from the end of the last one on, and from the fault on.
    Recovered { task: &'a str, after: u64, whole: u64 },
    /// The victim lived on.
    WentOn { task: &'a str, after: u64 },
    /// All seals held.
    Contained { task: &'a str },
    /// One did not.
    NotContained(&'a str),
    /// A life ended, of whatever.
    Stopped { task: &'a str, why: &'a str },
    /// A task was given up, and this follows.
    GivenUp(&'a str),
    /// A VM changed its state.
    Moved { vm: &'a str, how: &'a str },
    /// The core is no more.
    CoreFailed(&'a str),
    /// The console could not show everything.
    Lost,
    /// A record of the witness, without its semicolon.
    Witness(String),
    /// A record of the neighbour.
    Neighbour(String),
}

/// Everything that happened.
pub(super) fn events(transcript: &str) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    let (mut witness, mut neighbour) = (String::new(), String::new());
    // A boot is ended in the middle of a line: what is not whole says nothing.
    let whole = transcript.rsplit_once('\n').map_or("", |(whole, _)| whole);
    for line in whole.split('\n').map(|line| line.trim_end_matches('\r')) {
        if let Some(text) = line.strip_prefix("[witness] ") {
            records(&mut witness, text, |record| events.push(Event::Witness(record)));
        } else if let Some(text) = line.strip_prefix("[neighbour] ") {
            records(&mut neighbour, text, |record| events.push(Event::Neighbour(record)));
        } else {
            let event = log_line(line);
            if matches!(event, Some(Event::Moved { vm: "witness", how }) if begins_anew(how)) {
                // What its last life has not ended.
                witness.clear();
            }
            events.extend(event);
        }
    }
    events
}

/// Adds to what is open, and takes out what a semicolon ends. Line ends say nothing: other lines may come between.
fn records(open: &mut String, text: &str, mut take: impl FnMut(String)) {
    open.push_str(text);
    while let Some((record, rest)) = open.split_once(';') {
        let (record, rest) = (record.to_owned(), rest.to_owned());
        take(record);
        *open = rest;
    }
}

fn log_line(line: &str) -> Option<Event<'_>> {
    if line.contains("bytes of the log were lost") {
        return Some(Event::Lost);
    }
    if let Some(rest) = line.strip_prefix("vm-manager: vm ") {
        let (vm, how) = rest.split_once(": ")?;
        return Some(Event::Moved { vm, how });
    }
    if let Some(rest) = line.strip_prefix("supervisor:   then ") {
        return (!rest.starts_with("restart ")).then_some(Event::GivenUp(rest));
    }
    let rest = line.strip_prefix("bulkhead: ")?;
    if let Some(what) = rest.strip_prefix("THE CORE FAILED") {
        return Some(Event::CoreFailed(what));
    }
    if let Some(what) = rest.strip_prefix("inject: NOT CONTAINED ") {
        return Some(Event::NotContained(what));
    }
    if let Some(rest) = rest.strip_prefix("inject: contained task ") {
        return Some(Event::Contained { task: rest.split_once(" kind ")?.0 });
    }
    if let Some(rest) = rest.strip_prefix("inject: task ") {
        return fault(rest);
    }
    let (task, why) = rest.strip_prefix("task ")?.split_once(" stopped: ")?;
    Some(Event::Stopped { task, why })
}

/// `T kind K event N tsc S`, `T kind K died of W`, `T kind K recovered after N ticks, M from the fault on, …`,
/// `T kind K went on after N ticks`
fn fault(text: &str) -> Option<Event<'_>> {
    let (task, rest) = text.split_once(" kind ")?;
    let (kind, rest) = rest.split_once(' ')?;
    let numbers: Vec<u64> = rest.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    let number = |at: usize| numbers.get(at).copied();
    match rest.split(' ').next()? {
        "event" => {
            let kind = InjectKind::ALL.iter().copied().find(|known| known.name() == kind)?;
            Some(Event::Began { task, kind, event: number(0)? })
        }
        "died" => Some(Event::Died { task }),
        "recovered" => Some(Event::Recovered { task, after: number(0)?, whole: number(1)? }),
        "went" => Some(Event::WentOn { task, after: number(0)? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, events};
    use bulkhead_abi::inject::InjectKind;

    #[test]
    fn each_line_of_the_core_is_read() {
        let log = "bulkhead: inject: task a.vuart kind hang event 63 tsc 284\r\n\
            bulkhead: inject: task a.vuart kind hang died of Deadline\n\
            bulkhead: task a.vuart stopped: Deadline 0x0\n\
            bulkhead: inject: task a.vuart kind hang recovered after 469 ticks, 5047 from the fault on\n\
            bulkhead: inject: contained task a.vuart kind hang\n\
            bulkhead: inject: task a.vpic kind late-reply went on after 7 ticks\n\
            supervisor:   then reset-device: more than 10 faults in 1 ms\n\
            vm-manager: vm a: Started -> PoweredOff (GuestPowerOff)\n";
        let expected = [
            Event::Began { task: "a.vuart", kind: InjectKind::Hang, event: 63 },
            Event::Died { task: "a.vuart" },
            Event::Stopped { task: "a.vuart", why: "Deadline 0x0" },
            Event::Recovered { task: "a.vuart", after: 469, whole: 5047 },
            Event::Contained { task: "a.vuart" },
            Event::WentOn { task: "a.vpic", after: 7 },
            Event::GivenUp("reset-device: more than 10 faults in 1 ms"),
            Event::Moved { vm: "a", how: "Started -> PoweredOff (GuestPowerOff)" },
        ];
        assert_eq!(events(log), expected);
    }

    #[test]
    fn a_line_that_is_cut_off_says_nothing() {
        assert_eq!(events("vm-manager: vm a: Started -> Created (Gue"), []);
    }

    #[test]
    fn a_guest_s_record_may_be_interrupted() {
        let log =
            "[witness] ~0000\r\nbulkhead: task b stopped: Panic 0x2\r\n[witness] 0001 ab;\r\n[witness] =x;\n";
        let expected = [
            Event::Stopped { task: "b", why: "Panic 0x2" },
            Event::Witness("~00000001 ab".into()),
            Event::Witness("=x".into()),
        ];
        assert_eq!(events(log), expected);
    }
}
