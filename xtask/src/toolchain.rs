//! How programs for bare metal are built with the toolchain that is there.

use crate::Failure;
use crate::workspace;
use std::path::PathBuf;
use std::process::Command;

/// The target that every stable toolchain on this platform has.
const HOST: &str = "x86_64-unknown-linux-gnu";
/// The target made for bare metal; it keeps vector registers out of compiled code.
const BARE: &str = "x86_64-unknown-none";

/// A target and the flags that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its triple.
    pub name: &'static str,
    /// For `rustflags`, as a TOML list.
    flags: String,
}

/// The bare-metal target if it is installed, otherwise the host's own.
#[must_use]
pub fn target() -> Target {
    let linker = libraries(HOST).and_then(|path| Some(path.parent()?.join("bin/gcc-ld")));
    match (libraries(BARE), linker) {
        // Linked as for the host, by the C compiler driver and the toolchain's own lld: the packages' link
        // arguments are made for these.
        (Some(_), Some(linker)) => Target {
            name: BARE,
            flags: format!(
                "['-Crelocation-model=static','-Clinker=cc','-Clinker-flavor=gcc','-Clink-arg=-B{}']",
                linker.display()
            ),
        },
        // Position-independent code, as this target makes by default: absolute addresses of 32 bits cannot name the
        // top 2 GiB, where the core runs.
        _ => Target { name: HOST, flags: "['-Cno-redzone=yes']".into() },
    }
}

/// The folder of a target's libraries. A toolchain prints it whether or not it has them.
fn libraries(target: &str) -> Option<PathBuf> {
    let output =
        Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output().ok()?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    (output.status.success() && path.is_dir()).then_some(path)
}

/// `cargo build` for bare metal into a folder of its own; packages are still to be named.
#[must_use]
pub fn cargo_build(target: &Target, folder: &str) -> Command {
    let mut command = cargo();
    command.arg("build").args(["--release", "--bins", "--target", target.name]).arg("--target-dir");
    command.arg(workspace::build_dir().join(folder));
    command.arg("--config").arg(format!("target.{}.rustflags={}", target.name, target.flags));
    // Flags from the environment would replace those above.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// The cargo that runs this tool.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace::root());
    command
}

/// Runs a command to its end, with its output on the terminal.
///
/// # Errors
/// It cannot be started, or it fails.
pub fn complete(command: &mut Command, what: &str) -> Result<(), Failure> {
    let status = command.status().map_err(|error| {
        Failure::new(format!("{} cannot be started: {error}", command.get_program().to_string_lossy()))
    })?;
    if status.success() { Ok(()) } else { Err(Failure::found(format!("{what} failed ({status})"))) }
}
