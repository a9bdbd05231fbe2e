//! `soak`: VMs are made, moved through their lives and destroyed on the machine, as often as one likes.
//!
//! The system is that of the tests with other numbers. QEMU counts instructions, so a run repeats; Bochs does so anyway.

use crate::build::Flavour;
use crate::command::SoakOptions;
use crate::emulator::{self, Machine, Outcome, Serial};
use crate::{Failure, build, image, run, workspace};
use std::fs;
use std::time::Duration;

/// The system, and the lines of it that the numbers go into.
const MANIFEST: &str = "tests/manifests/soak.toml";
const SCRIPT: &str = "\"soak 1 6 steady\"";
const JUDGE: &str = "\"judge 0 600\"";
/// Seconds of the machine's time that a life takes at the most.
const SECONDS_A_CYCLE: u32 = 20;

/// Soaks; 0 if all was as it must be.
///
/// # Errors
/// Something cannot be built or started, or takes longer than a day.
pub fn command(options: &SoakOptions) -> Result<u8, Failure> {
    options.emulator.ensure(options.install)?;
    let template = workspace::root().join(MANIFEST);
    let text = fs::read_to_string(&template)
        .map_err(|error| Failure::new(format!("{}: {error}", template.display())))?;
    let seconds = options.cycles.saturating_mul(SECONDS_A_CYCLE).saturating_add(600);
    let text = text
        .replace(SCRIPT, &format!("\"soak {} {} steady\"", options.seed, options.cycles))
        .replace(JUDGE, &format!("\"judge 0 {seconds}\""));
    let manifest = workspace::build_subdir("soak")?.join("soak.toml");
    fs::write(&manifest, text).map_err(|error| Failure::new(format!("{}: {error}", manifest.display())))?;
    let image = image::build_image(&manifest, None)?;
    let core = build::core(Flavour::of(&image.system))?;
    let machine = Machine { counted: true, ..run::machine(&core, &image, options.emulator) };
    let mut running = emulator::start(options.emulator, &machine, Serial::Terminal)?;
    let outcome = running.finish(Some(Duration::from_secs(24 * 60 * 60)))?;
    eprintln!("\nthe machine {outcome}");
    Ok(u8::from(outcome != Outcome::Good))
}

#[cfg(test)]
mod tests {
    use super::{JUDGE, MANIFEST, SCRIPT};
    use crate::workspace;
    use std::fs;

    #[test]
    fn the_numbers_have_their_places_in_the_manifest() {
        let text = fs::read_to_string(workspace::root().join(MANIFEST)).unwrap();
        for place in [SCRIPT, JUDGE] {
            assert_eq!(text.matches(place).count(), 1, "{place}");
        }
    }
}
