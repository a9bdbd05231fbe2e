//! Build script of every task: links it as a freestanding program at the address that the core expects.

use std::path::Path;

fn main() {
    // The script lies beside this file, whichever package uses it.
    let here = Path::new(file!()).parent().unwrap_or(Path::new("."));
    let package = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let candidates = [here.join("task.ld"), Path::new(&package).join("../../ipc/runtime/task.ld")];
    let script =
        candidates.iter().find_map(|path| path.canonicalize().ok()).unwrap_or_else(|| candidates[1].clone());
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static",
        "-no-pie",
        &format!("-Wl,-T,{}", script.display()),
        "-Wl,--build-id=none",
        "-Wl,-z,max-page-size=0x1000",
        "-Wl,-z,noexecstack",
        "-Wl,--gc-sections",
        "-Wl,--no-eh-frame-hdr",
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    println!("cargo:rerun-if-changed={}", script.display());
}
