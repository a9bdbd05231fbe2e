//! `inject`: fault campaigns. Systems with faults on purpose boot again and again, and each fault is judged by what the
//! core, the supervisor and two guests say on the console.

mod boot;
mod ends;
mod host;
mod judge;
mod orders;
mod page;
mod policy;
mod reading;
mod report;
mod witness;

pub use report::Report;

use crate::command::InjectOptions;
use crate::emulator::Kind;
use crate::{Failure, check, workspace};
use bulkhead_schema::{Campaign, CampaignPlace, load_campaign};
use orders::Plan;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Boots in a row without a fault that came: the campaign asks for what never happens.
const FRUITLESS: u32 = 3;

/// Runs a campaign and writes its report; 1 if a promise is broken.
///
/// # Errors
/// The campaign is refused, or something cannot be built or started.
pub fn command(options: &InjectOptions) -> Result<u8, Failure> {
    let start = Instant::now();
    let report = run(options)?;
    let out = match &options.out {
        Some(out) => out.clone(),
        None => workspace::build_subdir("campaigns")?.join(&report.name),
    };
    write(&out, &report)?;
    print!("{report}");
    println!("{} s; {}", start.elapsed().as_secs(), out.join("report.html").display());
    Ok(u8::from(!report.holds()))
}

/// Runs a campaign.
///
/// # Errors
/// See [`command`].
pub fn run(options: &InjectOptions) -> Result<Report, Failure> {
    let mut campaign = load(&options.campaign)?;
    campaign.seed = options.seed.unwrap_or(campaign.seed);
    match campaign.place {
        CampaignPlace::Host => host::run(&campaign, options),
        CampaignPlace::Emulator => in_emulator(&campaign, options),
    }
}

/// Reads a campaign's file. Problems are shown at their lines.
fn load(path: &Path) -> Result<Campaign, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::file("read", path, &error)
            .help("the campaigns of the repository are in manifests/campaigns/")
    })?;
    let loaded = load_campaign(&path.display().to_string(), &text);
    loaded.result.map_err(|problems| {
        check::show(&problems, &loaded.sources, path);
        Failure::found(format!("{} is refused", path.display()))
    })
}

fn in_emulator(campaign: &Campaign, options: &InjectOptions) -> Result<Report, Failure> {
    options.emulator.ensure(options.install)?;
    let base = boot::Base::of(campaign, &options.campaign)?;
    let plan = Plan::new(campaign, &base.system);
    let mut report = Report::new(campaign, options);
    let (first, most) = match (options.run, options.runs) {
        (Some(run), _) => (run, 1),
        (None, runs) => (0, runs.unwrap_or(u32::MAX)),
    };
    let mut fruitless = 0;
    for run in first..first.saturating_add(most) {
        let asked = options.run.is_some() || options.runs.is_some();
        if !asked && report.injected() >= u64::from(campaign.faults) {
            break;
        }
        let orders = plan.orders(run);
        let ended = base.boot(run, &orders, options.emulator)?;
        let mut judged = judge::judge(&ended, &orders);
        judged.unexplained.extend(ends::wrong(&judged.ends, &campaign.ends));
        if judged.cases.is_empty() {
            fruitless += 1;
        } else {
            fruitless = 0;
        }
        eprintln!("run {run}: {}", judged.summary());
        keep_log(options, &report.name, run, &ended, judged.is_well())?;
        report.add(run, judged);
        if fruitless == FRUITLESS {
            return Err(Failure::found("no fault came in three boots")
                .help("do the servers of the campaign get events? Lower `rates` or raise `rounds`"));
        }
    }
    report.finish();
    Ok(report)
}

/// What a boot that was asked for by its number, or that was not well, has written.
fn keep_log(
    options: &InjectOptions,
    name: &str,
    run: u32,
    ended: &boot::Ended,
    well: bool,
) -> Result<(), Failure> {
    if well && options.run.is_none() {
        return Ok(());
    }
    let folder = match &options.out {
        Some(out) => out.clone(),
        None => workspace::build_subdir("campaigns")?.join(name),
    };
    put(&folder, &format!("run-{}-{run:04}.log", options.emulator.name()), &ended.transcript)
}

fn write(out: &Path, report: &Report) -> Result<(), Failure> {
    put(out, "report.json", &report.json().pretty(1))?;
    put(out, "report.html", &page::page(report))
}

fn put(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path: PathBuf = folder.join(name);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| Failure::file("write", &path, &error))
}

/// The arguments that replay a boot, for reports.
fn replay(options: &InjectOptions, seed: u64, run: u32) -> String {
    let emulator = match options.emulator {
        Kind::Qemu => "",
        Kind::Bochs => " --emulator bochs",
    };
    format!(
        "cargo xtask inject --campaign {} --seed {seed} --run {run}{emulator}",
        options.campaign.display()
    )
}
