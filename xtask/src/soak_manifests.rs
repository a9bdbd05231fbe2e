//! `soak-manifests`: random systems in QEMU. What the checker accepts boots to all of its VMs and tasks running; what it refuses,
//! forced past it, does not.

use crate::build::Flavour;
use crate::emulator::{Kind, Outcome, Serial, qemu};
use crate::guests::GuestLibrary;
use crate::image::{BuiltImage, build_image, force_image};
use crate::{Failure, build, run, workspace};
use bulkhead_schema::{Problem, load, load_unchecked};
use random_systems::{ALL_WELL, MISTAKES, Mistake, manifest, mistaken};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// How long a machine may take. Its own time is counted in instructions, so only a busy host makes it slow.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long one may take that must not come up: it may hang for ever.
const SHORT_PATIENCE: Duration = Duration::from_secs(20);

/// What became of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The checker refuses it, for this reason.
    Refused(String),
    /// All its VMs and tasks ran.
    Runs,
    /// It did not come up, or not with all of them: what was seen.
    Fails(String),
}

/// Boots so many accepted systems of one CPU, or with `smp` of several too, whose time is not counted, and as many mistaken ones as there are mistakes; 1 if one of them is not as it must be.
///
/// # Errors
/// Something cannot be built or started.
pub fn command(seed: u64, runs: u64, smp: bool) -> Result<u8, Failure> {
    Kind::Qemu.ensure(false)?;
    let (mut booted, mut refused, mut wrong) = (0, 0, 0_u64);
    let mut next = seed;
    while booted < runs {
        let cpus = load_unchecked(&manifest(next)).map_or(1, |system| system.cpus);
        if cpus > 1 && !smp {
            next += 1;
            continue;
        }
        match accepted(next)? {
            Fate::Refused(_) => refused += 1,
            Fate::Runs => {
                booted += 1;
                println!("seed {next}: runs ({booted} of {runs})");
            }
            Fate::Fails(how) => {
                booted += 1;
                wrong += 1;
                println!("seed {next}: FAILED\n{how}");
            }
        }
        next += 1;
    }
    println!("{booted} systems booted; {refused} more were refused by the checker");
    for (number, mistake) in (seed..).zip(&MISTAKES) {
        match forced(number, mistake)? {
            Fate::Fails(how) => println!("{}: fails as it must: {}", mistake.name, last_line(&how)),
            other => {
                wrong += 1;
                println!("{}: FAILED: {other:?}", mistake.name);
            }
        }
    }
    Ok(u8::from(wrong != 0))
}

/// The good system of a seed.
///
/// # Errors
/// Something cannot be built or started.
pub fn accepted(seed: u64) -> Result<Fate, Failure> {
    let path = written(seed, "good", &manifest(seed))?;
    if let Some(problem) = problems(&path)?.first() {
        return Ok(Fate::Refused(problem.title.clone()));
    }
    boot(&build_image(&path, None)?, PATIENCE)
}

/// The system of a seed with a mistake: refused by the checker for that, then forced past it.
///
/// # Errors
/// The checker does not find the mistake, or something cannot be built or started.
pub fn forced(seed: u64, mistake: &Mistake) -> Result<Fate, Failure> {
    let path = written(seed, "mistaken", &mistaken(seed, mistake))?;
    // The guests are built, so that the checker can look at them.
    let image = force_image(&path, None);
    if !problems(&path)?.iter().any(|problem| problem.rule.name == mistake.rule) {
        return Err(Failure::found(format!("{} is accepted: {}", mistake.name, path.display())));
    }
    match image {
        Ok(image) => boot(&image, SHORT_PATIENCE),
        Err(failure) => Ok(Fate::Fails(failure.message)),
    }
}

fn written(seed: u64, kind: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = workspace::build_subdir("soak-manifests")?.join(format!("{kind}-{seed}.toml"));
    fs::write(&path, text).map_err(|error| Failure::file("write", &path, &error))?;
    Ok(path)
}

fn problems(path: &PathBuf) -> Result<Vec<Problem>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    Ok(load(&text, &GuestLibrary::for_manifest(path)).err().unwrap_or_default())
}

fn boot(image: &BuiltImage, patience: Duration) -> Result<Fate, Failure> {
    let core = build::core(Flavour::of(&image.system))?;
    let mut machine = run::machine(&core, image, Kind::Qemu);
    // Where CPUs run at once, counting would make them take turns.
    machine.counted = machine.cpus == 1;
    let mut running = qemu::start(&machine, Serial::Line)?;
    let Some(mut serial) = running.serial.take() else { return Ok(Fate::Fails("no serial line".into())) };
    let outcome = running.finish(Some(patience));
    running.stop();
    let seen = serial.drain();
    Ok(match outcome {
        Ok(Outcome::Good) if seen.contains(ALL_WELL) => Fate::Runs,
        Ok(outcome) => Fate::Fails(format!("{}\nthe machine {outcome}", tail(&seen))),
        Err(failure) => Fate::Fails(format!("{}\n{}", tail(&seen), failure.message)),
    })
}

/// The last lines of what a machine said.
fn tail(seen: &str) -> String {
    let lines: Vec<_> = seen.lines().map(str::trim_end).collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// The last line that says why.
fn last_line(text: &str) -> &str {
    let is_reason =
        |line: &&str| line.contains("cannot start") || line.contains("refused") || line.contains("FAILED");
    text.lines().rev().find(is_reason).or_else(|| text.lines().last()).unwrap_or("")
}
