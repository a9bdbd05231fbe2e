//! Bochs: the same files on an ISO, booted by GRUB; the serial port on a socket.

use super::{Boot, Kind, Machine, Outcome, Running, Serial};
use crate::serial::SerialLine;
use crate::{Failure, iso, workspace};
use std::fs;
use std::io::{Read, Write, stdin, stdout};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const PROGRAM: &str = "bochs-bin";
/// What Bochs logs when the core asks it to end.
const SHUTDOWN: &str = "Shutdown port: shutdown requested";
/// What it logs when the machine is switched off by ACPI.
const SWITCHED_OFF: &str = "ACPI control: soft power off";
/// What comes before the core's code.
const CODE: &str = "bulkhead ends with code ";
/// How long Bochs takes to open its serial port.
const CONNECT: Duration = Duration::from_secs(30);
/// The fullest CPU model: VMX with EPT, VPID, unrestricted guest, preemption timer.
const CPU: &str = "tigerlake";

/// Tells the files of machines apart that run at the same time.
static MACHINES: AtomicU32 = AtomicU32::new(0);

/// Boots a machine.
///
/// # Errors
/// The ISO cannot be made, or Bochs cannot be started.
pub fn start(machine: &Machine, serial: Serial) -> Result<Running, Failure> {
    let number = MACHINES.fetch_add(1, Ordering::Relaxed);
    let folder = workspace::build_subdir(&format!("bochs/{}-{number}", std::process::id()))?;
    let iso = match &machine.boot {
        Boot::Files { core, image } => {
            let iso = folder.join("system.iso");
            let command_line = machine.whole_command_line(Kind::Bochs);
            iso::write(core, image.as_deref(), &command_line, &iso, iso::Firmware::Bios)?;
            iso
        }
        Boot::Disc { uefi: Some(_), .. } => return Err(Failure::new("Bochs has no UEFI firmware")),
        Boot::Disc { iso, uefi: None } => iso.clone(),
    };

    let listener = TcpListener::bind("127.0.0.1:0").map_err(no_socket)?;
    let port = listener.local_addr().map_err(no_socket)?.port();
    let log = folder.join("bochs.log");
    write(&folder.join("bochsrc"), &configuration(machine, &iso, &log, port))?;
    // The debugger that Debian builds in waits for a word before it starts.
    write(&folder.join("bochs.rc"), "continue\n")?;
    let mut child = Command::new(PROGRAM)
        .args(["-q", "-f", "bochsrc", "-rc", "bochs.rc"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Failure::new(format!("{PROGRAM} cannot be started: {error}")))?;
    let socket = match accept(&listener, &mut child) {
        Ok(socket) => socket,
        Err(failure) => {
            let _ = child.kill();
            return Err(failure.help(format!("Bochs's log: {}", log.display())));
        }
    };
    let (line, output_pump) = match serial {
        Serial::Line => {
            let input = socket.try_clone().map_err(no_socket)?;
            (Some(SerialLine::new(Box::new(input), Box::new(socket))), None)
        }
        Serial::Terminal => (None, Some(connect_terminal(socket)?)),
    };
    let as_hardware = machine.as_hardware;
    Ok(Running { child, kind: Kind::Bochs, as_hardware, log, pump: output_pump, serial: line })
}

fn no_socket(error: std::io::Error) -> Failure {
    Failure::new(format!("there is no local socket for Bochs's serial port: {error}"))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
}

fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream, Failure> {
    listener.set_nonblocking(true).map_err(no_socket)?;
    let end = Instant::now() + CONNECT;
    while Instant::now() < end {
        if let Ok((socket, _)) = listener.accept() {
            socket.set_nonblocking(false).map_err(no_socket)?;
            return Ok(socket);
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(Failure::new(format!("Bochs ended before it started ({status})")));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(Failure::new("Bochs did not open its serial port"))
}

/// Carries bytes both ways between the terminal and the machine; the thread that carries output.
fn connect_terminal(socket: TcpStream) -> Result<JoinHandle<()>, Failure> {
    let input = socket.try_clone().map_err(no_socket)?;
    thread::spawn(move || pump(stdin(), input));
    Ok(thread::spawn(move || pump(socket, stdout())))
}

fn pump(mut from: impl Read, mut to: impl Write) {
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
            break;
        }
    }
}

fn configuration(machine: &Machine, iso: &Path, log: &Path, port: u16) -> String {
    let (memory, cpus) = (machine.memory_mib, machine.cpus);
    let (iso, log, cpu) = (iso.display(), log.display(), machine.cpu.as_deref().unwrap_or(CPU));
    format!(
        "\
config_interface: textconfig
display_library: rfb, options=\"timeout=0\"
romimage: file=/usr/share/bochs/BIOS-bochs-latest, address=0xfffe0000
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
memory: guest={memory}, host={memory}
cpu: model={cpu}, count={cpus}, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=0
clock: sync=none, time0=utc
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
log: {log}
debugger_log: -
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
sound: driver=dummy
speaker: enabled=0
usb_uhci: enabled=0
plugin_ctrl: unmapped=1, serial=1, biosdev=1, speaker=0, gameport=0, parallel=0
"
    )
}

/// Bochs ends with status 1 whatever happens; its log tells why.
#[must_use]
pub fn outcome(log: &Path, status: ExitStatus) -> Outcome {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    if text.contains(SHUTDOWN) {
        return match code(&text) {
            None | Some(0) => {
                tidy(log);
                Outcome::Good
            }
            Some(code) => Outcome::Code(code),
        };
    }
    if text.contains(SWITCHED_OFF) {
        tidy(log);
        return Outcome::SwitchedOff;
    }
    let panic = text.lines().rev().find(|line| line.contains(">>PANIC<<"));
    let reason = panic.map_or_else(|| format!("{status}"), |line| line.trim().to_owned());
    Outcome::Broken(format!("Bochs ended: {reason} (log: {})", log.display()))
}

/// The core's code, which it writes to the port of the BIOS's messages before it ends the machine.
fn code(log: &str) -> Option<u8> {
    let (_, rest) = log.rsplit_once(CODE)?;
    rest.split(|end: char| !end.is_ascii_digit()).next()?.parse().ok()
}

/// The files of a machine that ended well are of no further use.
fn tidy(log: &Path) {
    let folder: Option<PathBuf> = log.parent().map(Path::to_path_buf);
    if let Some(folder) = folder {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn the_core_s_code_is_read_from_the_log() {
        let log =
            "00042i[BIOS  ] bulkhead ends with code 12\n00043i[UNMAP ] Shutdown port: shutdown requested\n";
        assert_eq!(code(log), Some(12));
        assert_eq!(code("00043i[UNMAP ] Shutdown port: shutdown requested\n"), None);
    }
}
