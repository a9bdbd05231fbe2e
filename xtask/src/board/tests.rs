use super::{Facts, from_linux, from_log};
use crate::workspace;
use bulkhead_schema::{Library, load_file, render};
use std::fs;
use std::path::PathBuf;

/// A file system with these files, gone afterwards.
struct Machine(PathBuf);

impl Machine {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = workspace::build_subdir(&format!("board-tests/{}-{name}", std::process::id())).unwrap();
        for (path, content) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self(root)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Whatever is left of it does not matter.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const CPUS: (&str, &str) = ("proc/cpuinfo", "processor\t: 0\nflags\t: svm\n\nprocessor\t: 1\n");
const IOMEM: (&str, &str) = (
    "proc/iomem",
    "00001000-0009fbff : System RAM\n000f0000-000fffff : Reserved\n00100000-1fffffff : System RAM\n  \
     01000000-01ffffff : Kernel code\nfd000000-fdffffff : PCI Bus 0000:00\n",
);

/// A manifest for this board is good, so the checker understands the file.
fn assert_accepted(facts: &Facts) {
    struct Board(String);
    impl Library for Board {
        fn manifest(&self, name: &str) -> Result<(String, String), String> {
            Ok((name.into(), self.0.clone()))
        }
        fn image(&self, _: &str) -> bulkhead_schema::Availability {
            bulkhead_schema::Availability::Later
        }
        fn programs(&self) -> Option<Vec<String>> {
            None
        }
    }
    let manifest = "board = \"board.toml\"\n[[vm]]\nname = \"a\"\nmemory = \"2 MiB\"\ncpu = 1\n\
                    boot = { protocol = \"flat\", kernel = \"guest:spin\" }\n";
    let loaded = load_file("a.toml", manifest, &Board(facts.to_toml()));
    if let Err(problems) = loaded.result {
        panic!("{}", render(&problems, &loaded.sources, false));
    }
}

#[test]
fn the_firmware_map_of_linux_is_the_board_s_memory() {
    let machine = Machine::new(
        "memmap",
        &[
            CPUS,
            ("sys/firmware/memmap/0/start", "0x0\n"),
            ("sys/firmware/memmap/0/end", "0x9fbff\n"),
            ("sys/firmware/memmap/0/type", "System RAM\n"),
            ("sys/firmware/memmap/1/start", "0x100000\n"),
            ("sys/firmware/memmap/1/end", "0x1fffffff\n"),
            ("sys/firmware/memmap/1/type", "System RAM\n"),
            ("sys/firmware/memmap/2/start", "0x20000000\n"),
            ("sys/firmware/memmap/2/end", "0x200fffff\n"),
            ("sys/firmware/memmap/2/type", "ACPI Tables\n"),
            ("sys/class/dmi/id/product_name", "A \"small\" PC\n"),
        ],
    );
    let facts = from_linux(&machine.0).unwrap();
    assert_eq!(facts.cpus, 2);
    assert_eq!(facts.memory[1], (0x10_0000, 0x1fff_ffff, "ram"));
    assert_eq!(facts.memory[2].2, "acpi");
    assert_accepted(&facts);
}

#[test]
fn without_a_firmware_map_the_outer_lines_of_iomem_are() {
    let facts = from_linux(&Machine::new("iomem", &[CPUS, IOMEM]).0).unwrap();
    let kinds: Vec<_> = facts.memory.iter().map(|(.., kind)| *kind).collect();
    assert_eq!(kinds, ["ram", "reserved", "ram", "device"]);
    assert_accepted(&facts);
}

#[test]
fn hidden_addresses_are_no_memory_map() {
    let hidden = ("proc/iomem", "00000000-00000000 : System RAM\n");
    let failure = from_linux(&Machine::new("hidden", &[CPUS, hidden]).0).unwrap_err();
    assert!(failure.help.unwrap().contains("root"));
}

#[test]
fn pci_functions_have_their_identifiers_and_memory_windows() {
    let device = "sys/bus/pci/devices/0000:00:02.0/";
    let file = |name: &str| format!("{device}{name}");
    let resource = "0x00000000fd000000 0x00000000fdffffff 0x0000000000042208\n\
                    0x000000000000c000 0x000000000000c01f 0x0000000000040101\n\
                    0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
    let machine = Machine::new(
        "pci",
        &[
            CPUS,
            IOMEM,
            (&file("vendor"), "0x1234\n"),
            (&file("device"), "0x1111\n"),
            (&file("class"), "0x030000\n"),
            (&file("resource"), resource),
        ],
    );
    let facts = from_linux(&machine.0).unwrap();
    let [function] = facts.pci.as_slice() else { panic!("{:?}", facts.pci) };
    assert_eq!((function.at.as_str(), function.id.as_str()), ("0000:00:02.0", "1234:1111"));
    assert_eq!(function.windows, [(0xfd00_0000, 0xfdff_ffff)]);
    assert_accepted(&facts);
}

#[test]
fn the_log_of_the_last_start_counts() {
    let start = |cpus: u32| {
        format!(
            "junk bulkhead: version 0.1.0\r\nbulkhead: board: {cpus} CPUs\r\nbulkhead: board: RAM 0x0-0x9fbff\r\n\
             bulkhead: board: RAM 0x100000-0x1fffffff\r\n"
        )
    };
    let facts = from_log(&(start(4) + &start(2))).unwrap();
    assert_eq!(facts.cpus, 2);
    assert_eq!(facts.memory, [(0, 0x9_fbff, "ram"), (0x10_0000, 0x1fff_ffff, "ram")]);
    assert_accepted(&facts);
    assert!(from_log("bulkhead: cannot start: no ACPI\n").is_err());
}
