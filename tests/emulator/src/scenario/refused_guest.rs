//! Kernels that went bad after the manifest was checked: the VM is refused with a reason, the system lives on to say so.

use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// How the VM manager ends a system whose VMs did not end well.
const NOT_WELL: Outcome = Outcome::Code(1);
/// First bytes of an ELF.
const ELF: [u8; 4] = *b"\x7fELF";
/// Offset of `e_phoff` in a 32-bit ELF.
const PROGRAM_HEADERS: usize = 0x1c;

/// Where the guest's kernel is in the image: the task programs in it have no headers of their own.
fn kernel(image: &[u8]) -> usize {
    let found: Vec<usize> =
        (0..image.len()).step_by(4096).filter(|at| image[*at..].starts_with(&ELF)).collect();
    let [at] = found[..] else { panic!("{} ELFs in the image", found.len()) };
    at
}

fn refused(kind: Kind, built: &Built, image: &[u8], reason: &str) {
    built.replace_image(image);
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see(&format!("vm pvh: create refused: image refused: {reason}"));
    let transcript = session.ends(&NOT_WELL);
    assert!(!transcript.contains("pvh: magic"), "{transcript}");
}

/// A PVH kernel that is no ELF any more.
pub fn kernel_of_another_kind(kind: Kind) {
    let built = Built::test_system("pvh");
    let mut image = built.image();
    let at = kernel(&image);
    image[at..at + 4].copy_from_slice(b"MZ\0\0");
    refused(kind, &built, &image, "WrongKind");
}

/// A PVH kernel whose program headers lie beyond its end.
pub fn damaged_kernel(kind: Kind) {
    let built = Built::test_system("pvh");
    let mut image = built.image();
    let at = kernel(&image) + PROGRAM_HEADERS;
    image[at..at + 4].copy_from_slice(&0x7fff_ff00_u32.to_le_bytes());
    refused(kind, &built, &image, "Truncated");
}
