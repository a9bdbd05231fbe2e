//! One boot of a campaign: the base system with orders, and what it writes until the witness is done.

use super::orders::{Order, stanzas};
use super::policy;
use crate::build::{self, Flavour};
use crate::emulator::{self, Kind, Machine, Running, Serial};
use crate::guests::GuestLibrary;
use crate::image::{BuiltImage, image_of};
use crate::serial::SerialLine;
use crate::{Failure, check, run, workspace};
use bulkhead_schema::{Campaign, System, matches};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The guest that is told how many rounds it shall go.
const WITNESS: &str = "guest:watcher";
/// Where its image holds that number.
const PARAMETER: usize = 8;
/// The guest that does everything wrong, and where its image holds its seed.
const MALICE: &str = "guest:malice";
const SEED: usize = 12;
/// The witness's own last word; the manager's word that it has powered off comes behind all that the log still holds.
const LAST_WORD: &str = "=end;";
const OFF: &str = "vm witness: Started -> PoweredOff";
/// What the core says when a fault comes.
const BEGAN: &str = "inject: task ";
/// Passes of the neighbour, at least 20 ms each, in which the witness may be silent before it counts as stuck, and in which the
/// log may come that waited for the console when the witness ended.
const SILENCE: usize = 500;
/// Passes of the neighbour after a policy has ended the witness: what it does to others shows by then.
const AFTERMATH: usize = 8;
/// How long nothing at all may come: then not even the neighbour runs.
const STANDSTILL: Duration = Duration::from_secs(240);
/// How long a boot may take. A loaded machine needs its time.
const PATIENCE: Duration = Duration::from_secs(900);
const POLL: Duration = Duration::from_millis(100);

/// A campaign's system without faults.
#[derive(Debug)]
pub(super) struct Base {
    path: PathBuf,
    text: String,
    at_hand: GuestLibrary,
    rounds: u32,
    seed: u64,
    /// The witness ends a boot. Without it, so many passes of the neighbour do.
    is_watched: bool,
    /// Everything that it consists of.
    pub(super) system: System,
}

/// How a boot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The witness has gone all its rounds.
    Done,
    /// The witness was silent for too long.
    Stuck,
    /// The machine ended by itself.
    Machine,
    /// Time was up.
    Late,
}

/// A boot that is over.
#[derive(Debug)]
pub(super) struct Ended {
    /// Everything on the console.
    pub(super) transcript: String,
    pub(super) end: End,
}

impl Base {
    pub(super) fn of(campaign: &Campaign, file: &Path) -> Result<Self, Failure> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let name = campaign.system.as_deref().unwrap_or("");
        let path = folder.join(name);
        let (_, system) = check::load_manifest(&path)?;
        let text = fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let mut victims = campaign
            .servers
            .iter()
            .filter(|server| !system.tasks.iter().any(|task| matches(server, &task.name)));
        if let Some(unknown) = victims.next() {
            let known: Vec<_> = system.tasks.iter().map(|task| task.name.as_str()).collect();
            return Err(Failure::new(format!("no task of {} is called `{}`", path.display(), unknown))
                .help(format!("there are {}", known.join(", "))));
        }
        let library = GuestLibrary::for_manifest(&path);
        let is_watched = system.image_names().contains(&WITNESS);
        let (rounds, seed) = (campaign.rounds, campaign.seed);
        Ok(Self { path, text, at_hand: library, rounds, seed, is_watched, system })
    }

    /// Boots it with these orders.
    pub(super) fn boot(&self, number: u32, orders: &[Order], kind: Kind) -> Result<Ended, Failure> {
        let text = format!("{}{}", self.text, stanzas(orders));
        let folder = workspace::build_subdir(&format!("campaign-boots/{}", std::process::id()))?;
        let image = self.image(&text, number, folder.join(format!("run-{number}.img")))?;
        let core = build::core(Flavour::of(&image.system))?;
        // QEMU needs microseconds for an instruction that changes its own page. In counted time, a guest that does so again
        // and again comes to its watchdog after hours; nobody has to see what such a guest sees.
        let machine = Machine { counted: self.is_watched, ..run::machine(&core, &image, kind) };
        let mut running = emulator::start(kind, &machine, Serial::Line)?;
        let line = running.serial.take();
        let ended = line.map(|mut line| self.watch(&mut running, &mut line));
        running.stop();
        // Both can be made again.
        let _ = fs::remove_file(&image.path);
        let _ = fs::remove_dir(&folder);
        ended.ok_or_else(|| Failure::new("the machine has no serial line"))
    }

    fn image(&self, text: &str, number: u32, path: PathBuf) -> Result<BuiltImage, Failure> {
        let [low, high, ..] = self.seed.to_le_bytes();
        let seed = u32::from(u16::from_le_bytes([low, high])) << 16 ^ number;
        image_of(&self.path, text, &self.at_hand, path, |name, bytes| {
            let (place, word) = match name {
                WITNESS => (PARAMETER, self.rounds),
                MALICE => (SEED, seed),
                _ => return,
            };
            if let Some(parameter) = bytes.get_mut(place..place + 4) {
                parameter.copy_from_slice(&word.to_le_bytes());
            }
        })
    }

    fn watch(&self, running: &mut Running, line: &mut SerialLine) -> Ended {
        let until = Instant::now() + PATIENCE;
        let (mut length, mut grew) = (0, Instant::now());
        let end = loop {
            let text = line.transcript();
            if text.len() > length {
                (length, grew) = (text.len(), Instant::now());
            } else if grew.elapsed() > STANDSTILL {
                break End::Stuck;
            }
            let is_over = if self.is_watched {
                is_over(&text)
            } else {
                text.matches("[neighbour] #").count() >= self.rounds as usize
            };
            if is_over {
                break End::Done;
            }
            let ended = policy::end_of("witness", &text);
            if ended.is_some_and(|at| text[at..].matches("[neighbour] #").count() > AFTERMATH) {
                break End::Done;
            }
            let said = text.rfind("[witness] ").unwrap_or(0);
            if self.is_watched && text[said..].matches("[neighbour] #").count() > SILENCE {
                break End::Stuck;
            }
            if running.has_ended() {
                break End::Machine;
            }
            if Instant::now() > until {
                break End::Late;
            }
            thread::sleep(POLL);
        };
        running.stop();
        Ended { transcript: line.drain(), end }
    }
}

/// The witness is off, and what was under way then has come to its end; or it has said its last word some time ago.
fn is_over(text: &str) -> bool {
    let count = |text: &str, word: &str| text.matches(word).count();
    let has_had_time = |behind: &str| count(behind, "[neighbour] #") > SILENCE;
    if text.split_once(LAST_WORD).is_some_and(|(_, behind)| has_had_time(behind)) {
        return true;
    }
    let Some((before, behind)) = text.split_once(OFF) else { return false };
    let ended = |text| count(text, " recovered after ") + count(text, " went on after ");
    let began = before.lines().filter(|line| line.contains(BEGAN) && line.contains(" event ")).count();
    began <= ended(before) + ended(behind)
}

#[cfg(test)]
mod tests {
    use super::{LAST_WORD, OFF, SILENCE, is_over};

    #[test]
    fn a_boot_is_over_when_the_witness_is_off_and_no_fault_is_under_way() {
        let began = "bulkhead: inject: task a kind panic event 7 tsc 1\n";
        let ended = "bulkhead: inject: task a kind panic recovered after 5 ticks\n";
        assert!(!is_over(began));
        assert!(is_over(&format!("{began}{ended}{OFF}")));
        assert!(!is_over(&format!("{began}{OFF}")));
        assert!(is_over(&format!("{began}{OFF}{ended}")));
        let passes = "[neighbour] #1;".repeat(SILENCE + 1);
        assert!(is_over(&format!("{began}{LAST_WORD}{OFF}{passes}")), "it has had its time");
        assert!(is_over(&format!("{LAST_WORD}{passes}")), "whatever of the log is lost");
    }
}
