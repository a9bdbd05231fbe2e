//! What a Linux kernel knows of the machine: `/proc/cpuinfo`, the firmware's memory map, and `/sys/bus/pci`.

use super::{Facts, Function};
use crate::Failure;
use std::fs;
use std::path::Path;

/// `IORESOURCE_MEM` in the third column of a PCI function's `resource`.
const MEMORY_RESOURCE: u64 = 0x200;

/// The facts of the machine whose file system this is.
///
/// # Errors
/// The kernel does not say them, or not to this user.
pub fn read(root: &Path) -> Result<Facts, Failure> {
    let cpuinfo = fs::read_to_string(root.join("proc/cpuinfo")).unwrap_or_default();
    let cpus = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    if cpus == 0 {
        return Err(Failure::new("/proc/cpuinfo names no CPU").help("run this on the machine, under Linux"));
    }
    let mut memory = firmware_map(root);
    if memory.is_empty() {
        memory = iomem(root);
    }
    if memory.is_empty() {
        return Err(Failure::new("Linux does not tell the memory map")
            .help("run this as root: /proc/iomem hides its addresses from others"));
    }
    memory.sort_unstable();
    let name = text(&root.join("sys/class/dmi/id/product_name"));
    Ok(Facts { name, cpus, memory, pci: pci(root) })
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// What the firmware said, before Linux changed anything.
fn firmware_map(root: &Path) -> Vec<(u64, u64, &'static str)> {
    let entries = fs::read_dir(root.join("sys/firmware/memmap")).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let file = |name: &str| text(&entry.path().join(name));
            Some((hex(&file("start")?)?, hex(&file("end")?)?, kind(&file("type")?)))
        })
        .collect()
}

/// The outer lines of `/proc/iomem`: what is indented is a part of them. Not to everybody they show addresses.
fn iomem(root: &Path) -> Vec<(u64, u64, &'static str)> {
    let iomem = fs::read_to_string(root.join("proc/iomem")).unwrap_or_default();
    let outer = iomem.lines().filter(|line| !line.starts_with(' '));
    outer
        .filter_map(|line| {
            let (range, name) = line.split_once(" : ")?;
            let (first, last) = range.split_once('-')?;
            Some((hex(first)?, hex(last)?, kind(name)))
        })
        .filter(|(first, last, _)| first < last)
        .collect()
}

fn kind(name: &str) -> &'static str {
    let name = name.trim();
    if name == "System RAM" {
        "ram"
    } else if name.starts_with("ACPI") {
        "acpi"
    } else if name.starts_with("PCI") || name.contains("APIC") || name.contains("HPET") {
        "device"
    } else {
        "reserved"
    }
}

fn pci(root: &Path) -> Vec<Function> {
    let entries = fs::read_dir(root.join("sys/bus/pci/devices")).into_iter().flatten().flatten();
    let mut functions: Vec<_> = entries.filter_map(|entry| function(&entry.path())).collect();
    functions.sort_by(|a, b| a.at.cmp(&b.at));
    functions
}

fn function(path: &Path) -> Option<Function> {
    let number = |name: &str| hex(&text(&path.join(name))?);
    let resources = fs::read_to_string(path.join("resource")).unwrap_or_default();
    let windows = resources.lines().filter_map(|line| {
        let mut columns = line.split_ascii_whitespace().map(hex);
        let (first, last, flags) = (columns.next()??, columns.next()??, columns.next()??);
        (flags & MEMORY_RESOURCE != 0 && first < last).then_some((first, last))
    });
    Some(Function {
        at: path.file_name()?.to_str()?.to_owned(),
        id: format!("{:04x}:{:04x}", number("vendor")?, number("device")?),
        class: format!("{:06x}", number("class")?),
        windows: windows.collect(),
    })
}
