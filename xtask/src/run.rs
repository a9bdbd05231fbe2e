//! `run`: boots a system in an emulator with this terminal as its serial port.

use crate::build::Flavour;
use crate::command::RunOptions;
use crate::emulator::{self, Boot, Kind, Machine, Outcome, Serial};
use crate::image::BuiltImage;
use crate::{Failure, build, image, terminal};
use bulkhead_schema::System;
use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal;
use std::path::Path;

/// Memory beside the guests' RAM and the image: the core, the tasks, the firmware. MiB.
const OVERHEAD_MIB: u64 = 128;
/// The emulators take odd sizes badly. MiB.
const STEP_MIB: u64 = 64;

/// Builds and boots; 0 if the core powered the machine off and all was well.
///
/// # Errors
/// Something cannot be built or started.
pub fn command(options: &RunOptions) -> Result<u8, Failure> {
    options.emulator.ensure(options.install)?;
    let image = image::build_image(&options.manifest, None)?;
    let core = build::core(Flavour::of(&image.system))?;
    let mut machine = machine(&core, &image, options.emulator);
    machine.cpus = options.cpus.unwrap_or(machine.cpus);
    machine.memory_mib = options.memory.unwrap_or(machine.memory_mib);
    machine.command_line.clone_from(&options.append);
    machine.counted = options.counted;
    check_size(&machine, &image)?;
    if std::io::stdin().is_terminal() {
        eprintln!("all keys go to the machine; Ctrl-A x powers it off, Ctrl-A l lists the consoles");
    }
    let outcome = {
        // QEMU sets the terminal up by itself, but does not put it back if it is killed.
        let _restore = match options.emulator {
            Kind::Qemu => terminal::remember(),
            Kind::Bochs => terminal::raw(),
        };
        emulator::start(options.emulator, &machine, Serial::Terminal)?.finish(options.timeout)?
    };
    eprintln!("\nthe machine {outcome}");
    Ok(match outcome {
        Outcome::Good | Outcome::SwitchedOff => 0,
        Outcome::Code(code) => code.max(1),
        Outcome::Broken(_) => 1,
    })
}

/// A machine that somebody made too small would end in a puzzle.
fn check_size(machine: &Machine, image: &BuiltImage) -> Result<(), Failure> {
    let cpus = image.system.cpus;
    if machine.cpus < cpus {
        let message = format!("the system uses {cpus} CPU(s), the machine would have {}", machine.cpus);
        return Err(Failure::new(message).help(format!("give --cpus {cpus}")));
    }
    let needed = needed_mib(image);
    if machine.memory_mib < needed {
        let message = format!("the system needs {needed} MiB, the machine would have {}", machine.memory_mib);
        return Err(Failure::new(message).help(format!("give --memory {needed} or leave it out")));
    }
    Ok(())
}

/// Guests' RAM, the image and the rest.
fn needed_mib(image: &BuiltImage) -> u64 {
    let image_mib = fs::metadata(&image.path).map_or(0, |metadata| metadata.len() >> 20);
    (image.system.guest_memory() >> 20) + image_mib + OVERHEAD_MIB
}

/// A machine that is large enough for an image.
#[must_use]
pub fn machine(core: &Path, image: &BuiltImage, emulator: Kind) -> Machine {
    // Bochs fills all memory before it starts, so less is quicker.
    let least = if emulator == Kind::Qemu { 512 } else { 256 };
    let system = &image.system;
    Machine {
        boot: Boot::Files { core: core.to_path_buf(), image: Some(image.path.clone()) },
        cpu: None,
        command_line: String::new(),
        cpus: system.cpus,
        memory_mib: needed_mib(image).next_multiple_of(STEP_MIB).max(least),
        counted: false,
        one_thread: vcpus_take_turns(system),
        as_hardware: false,
    }
}

/// Is there a CPU that vCPUs share, beside another?
fn vcpus_take_turns(system: &System) -> bool {
    let mut seen = BTreeSet::new();
    let mut vcpus = system.vms.iter().flat_map(|vm| &vm.vcpus);
    system.cpus > 1 && !vcpus.all(|cpu| seen.insert(cpu.value))
}
