//! x87 and SSE registers: a task keeps its own over everybody else's turns.

use super::report::Report;
use bulkhead_runtime::time;
use probe::random::Random;
use probe::script::Script;

/// What FXSAVE writes.
#[repr(C, align(64))]
#[derive(Clone)]
pub(super) struct FxArea(pub(super) [u8; 512]);

/// Control words, MXCSR, ST0 to ST7, XMM0 to XMM15: what belongs to the program. The pointers of the last x87
/// instruction and the reserved bytes are not looked at.
pub(super) fn program_state(fx: &[u8; 512]) -> impl Iterator<Item = u8> + '_ {
    // Each ST register has 10 bytes of 16.
    let registers = (0..8usize).flat_map(move |st| fx.iter().skip(32 + st * 16).take(10));
    fx.iter()
        .take(5)
        .chain(fx.iter().skip(24).take(4))
        .chain(registers)
        .chain(fx.iter().skip(160).take(256))
        .copied()
}

/// `vectors <seed> <length>`: fills all registers and looks after so many milliseconds without a system call.
pub(super) fn vectors(script: Script<'_>, report: &mut Report<'_>) {
    let ticks_per_ms = time::frequency() / 1000;
    load_segments();
    let mut random = Random::new(script.number(1, 1));
    let end = time::now().saturating_add(script.number(2, 500).saturating_mul(ticks_per_ms));
    let mut turns = 0u32;
    while time::now() < end {
        let pattern = pattern(&mut random);
        let (after, gap) = hold(&pattern, 20 * ticks_per_ms);
        let kept = program_state(&pattern.0).eq(program_state(&after.0));
        report.quietly("the registers keep the pattern", kept, true);
        turns = turns.saturating_add(u32::from(gap > ticks_per_ms));
    }
    log::info!("probe: vectors: interrupted by others {turns} times");
    report.check("others had turns meanwhile", turns >= 3);
}

/// Random registers with control words that are valid and unlike the ordinary.
fn pattern(random: &mut Random) -> FxArea {
    let mut fx = FxArea([0; 512]);
    for byte in fx.0.iter_mut().skip(32).take(384) {
        *byte = random.next().to_le_bytes()[2];
    }
    // All exceptions masked; rounding and precision at random.
    let control = 0x037f & !0x0300 | [0, 0x0200, 0x0300][usize::try_from(random.below(3)).unwrap_or(0)];
    fx.0[0] = 0x7f;
    fx.0[1] = u8::try_from(control >> 8).unwrap_or(3)
        | [0, 4, 8, 12][usize::try_from(random.below(4)).unwrap_or(0)];
    // All registers in use.
    fx.0[4] = 0xff;
    fx.0[24] = 0x80;
    fx.0[25] = 0x1f | [0x00, 0x20, 0x40, 0x60, 0x80][usize::try_from(random.below(5)).unwrap_or(0)];
    fx
}

/// Holds the pattern in the registers for so many ticks; what they hold then, and the longest gap between two looks
/// at the clock.
fn hold(pattern: &FxArea, ticks: u64) -> (FxArea, u64) {
    let (mut found, mut normal) = (FxArea([0; 512]), FxArea([0; 512]));
    let longest: u64;
    // SAFETY: the areas are aligned and large enough; the program's own state is saved before and restored after.
    unsafe {
        core::arch::asm!(
            "fxsave64 [{normal}]",
            "fxrstor64 [{pattern}]",
            "rdtsc",
            "shl rdx, 32",
            "or rax, rdx",
            "mov {last}, rax",
            "add {end}, rax",
            "xor {longest:e}, {longest:e}",
            "2: rdtsc",
            "shl rdx, 32",
            "or rax, rdx",
            "mov rdx, rax",
            "sub rdx, {last}",
            "mov {last}, rax",
            "cmp rdx, {longest}",
            "cmova {longest}, rdx",
            "cmp rax, {end}",
            "jb 2b",
            "fxsave64 [{found}]",
            "fxrstor64 [{normal}]",
            normal = in(reg) normal.0.as_mut_ptr(),
            pattern = in(reg) pattern.0.as_ptr(),
            found = in(reg) found.0.as_mut_ptr(),
            end = inout(reg) ticks => _,
            last = out(reg) _,
            longest = out(reg) longest,
            out("rax") _,
            out("rdx") _,
            options(nostack),
        );
    }
    (found, longest)
}

/// Puts into all data segment registers what ring 3 may: the user data segment, for those who come after to find.
fn load_segments() {
    // SAFETY: in 64-bit mode only the bases of FS and GS have an effect, and nothing here uses them.
    unsafe {
        core::arch::asm!(
            "mov ds, {user:e}",
            "mov es, {user:e}",
            "mov fs, {user:e}",
            "mov gs, {user:e}",
            user = in(reg) 0x23,
            options(nostack),
        );
    }
}
