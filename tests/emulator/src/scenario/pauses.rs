//! A guest's timer and its time over pauses.

use super::shell::{TO_SHELL, ask};
use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::Kind;

/// Lines of ten ticks each before the first pause: by them the guest's time is measured in ticks.
const UNDISTURBED: usize = 60;
const PAUSES: usize = 12;
/// How far a tenth tick may be from its time, in ticks: a tick that is lost or doubled is one off, from then on.
const TOLERANCE: f64 = 0.4;

/// The guest is paused again and again. By its own time-stamp counter, which stands still with it, each tick comes when it
/// is due: none is lost and none comes twice.
pub fn pauses(kind: Kind) {
    let built = Built::test_system("pauses");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_that("the guest counts", |screen| stamps(screen).len() >= UNDISTURBED);
    session.enter(TO_SHELL);
    session.see("[console] input goes to shell");
    for _ in 0..PAUSES {
        ask(&mut session, "pause ticker", "ticker is paused");
        ask(&mut session, "resume ticker", "ticker is started");
        let so_far = stamps(&session.transcript()).len();
        session.see_that("the guest goes on", |screen| stamps(screen).len() > so_far);
    }
    let transcript = session.stop();
    assert_eq!(
        transcript.matches("vm ticker: Paused -> Started (Requested)").count(),
        PAUSES,
        "{transcript}"
    );
    let stamps = stamps(&transcript);
    let (undisturbed, paused) = stamps.split_at(UNDISTURBED);
    assert!(paused.len() >= PAUSES, "{transcript}");
    let line = (undisturbed[UNDISTURBED - 1] - undisturbed[0]) / (UNDISTURBED - 1) as f64;
    for (number, stamp) in stamps.iter().enumerate() {
        let due = undisturbed[0] + line * number as f64;
        let late = (stamp - due) / (line / 10.0);
        assert!(late.abs() < TOLERANCE, "line {number} is {late:.2} ticks from its time: {transcript}");
    }
}

/// Time-stamp counters of the lines, which are numbered without a gap.
fn stamps(screen: &str) -> Vec<f64> {
    let text = written_by(screen, "ticker");
    let lines = text.split("tick ").skip(1).filter_map(|rest| rest.get(..28));
    let read = |digits: &str| u64::from_str_radix(digits, 16).ok();
    let lines = lines.filter_map(|line| Some((read(line.get(..8)?)?, read(line.get(12..28)?)?)));
    let mut stamps = Vec::new();
    for (number, stamp) in lines {
        assert_eq!(number, stamps.len() as u64 + 1, "{screen}");
        stamps.push(stamp as f64);
    }
    stamps
}
