//! From a line to an order, or to the mistake in it.

use crate::command::{Command, Kind, Verb};
use crate::mistake::Mistake;
use crate::report::List;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::{self, ShellVm};
use bulkhead_protocol::terminal::LogLevel;

/// Bytes that `mem` shows unless it is told how many.
const LENGTH: u64 = 128;
/// Bytes that `mem` shows at the most.
pub(crate) const MOST_MEMORY: u64 = 4096;

/// The words for levels of the log.
pub(crate) const LEVELS: [(&str, LogLevel); 4] = [
    ("off", LogLevel::Off),
    ("error", LogLevel::Error),
    ("warning", LogLevel::Warning),
    ("info", LogLevel::Info),
];
/// The word that makes a shutdown one by force.
pub(crate) const FORCE: &str = "force";
/// The word that makes a reset a warm one.
pub(crate) const WARM: &str = "warm";

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Order<'c> {
    /// Nothing was typed.
    Nothing,
    Help(Option<&'static Command>),
    Version,
    Vms,
    Vcpus(Option<&'c ShellVm>),
    Registers(&'c ShellVm, u16),
    Memory(&'c ShellVm, u64, u64),
    Cpuid(&'c ShellVm),
    List(&'c ShellVm, List),
    Device(&'c ShellVm, &'c str, Slot),
    Tasks,
    Irqs,
    Move(&'c ShellVm, Move),
    Attach(&'c ShellVm),
    LogLevel(Option<LogLevel>),
    Lines(Option<u16>),
    PowerOff,
}

/// What is asked of a VM's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Build it.
    Create,
    /// Let it run.
    Start,
    /// Hold it.
    Pause,
    /// Let it go on.
    Resume,
    /// As after create, with nothing kept, and run.
    ColdReset,
    /// As after create, but what a real machine keeps is kept, and run.
    WarmReset,
    /// Ask the guest to power itself off, within so many milliseconds; 0 is for ever.
    AskShutdown {
        /// How long it has.
        deadline_ms: u32,
    },
    /// Switch it off.
    Shutdown,
    /// Forget it.
    Destroy,
}

/// The words of a line behind its command.
struct Arguments<'l> {
    command: &'static Command,
    words: core::str::SplitAsciiWhitespace<'l>,
}

/// Reads a line.
pub(crate) fn read<'c, 'l: 'c>(line: &'l str, config: &'c config::Shell) -> Result<Order<'c>, Mistake<'c>> {
    let mut words = line.split_ascii_whitespace();
    let Some(name) = words.next() else { return Ok(Order::Nothing) };
    let command = Command::by_name(name).ok_or(Mistake::UnknownCommand(name))?;
    let mut arguments = Arguments { command, words };
    let order = arguments.order(config)?;
    match arguments.words.next() {
        Some(word) => Err(Mistake::TooMuch { command, word }),
        None => Ok(order),
    }
}

impl<'l> Arguments<'l> {
    fn order<'c>(&mut self, config: &'c config::Shell) -> Result<Order<'c>, Mistake<'c>>
    where
        'l: 'c,
    {
        Ok(match self.command.verb {
            Verb::Help => Order::Help(self.other_command()?),
            Verb::Version => Order::Version,
            Verb::Vms => Order::Vms,
            Verb::Vcpus => match self.words.next() {
                Some(word) => Order::Vcpus(Some(find_vm(word, config)?)),
                None => Order::Vcpus(None),
            },
            Verb::Registers => {
                let vm = self.vm(config)?;
                Order::Registers(vm, self.vcpu(vm)?)
            }
            Verb::Memory => {
                let vm = self.vm(config)?;
                let address = self.needed(Kind::Address)?;
                let address = number(Kind::Address, address)?;
                let length = self.words.next().map_or(Ok(LENGTH), |word| number(Kind::Length, word))?;
                Order::Memory(vm, address, length)
            }
            Verb::Cpuid => Order::Cpuid(self.vm(config)?),
            Verb::List(list) => Order::List(self.vm(config)?, list),
            Verb::Device(name) => {
                let vm = self.vm(config)?;
                let name = name.map_or_else(|| self.needed(Kind::Device), Ok)?;
                let device = vm.devices.iter().find(|(known, _)| known.as_str() == name);
                let (name, slot) = device.ok_or(Mistake::UnknownDevice { vm, word: name })?;
                Order::Device(vm, name.as_str(), *slot)
            }
            Verb::Tasks => Order::Tasks,
            Verb::Irqs => Order::Irqs,
            Verb::Create => Order::Move(self.vm(config)?, Move::Create),
            Verb::Start => Order::Move(self.vm(config)?, Move::Start),
            Verb::Pause => Order::Move(self.vm(config)?, Move::Pause),
            Verb::Resume => Order::Move(self.vm(config)?, Move::Resume),
            Verb::Reset => {
                let vm = self.vm(config)?;
                Order::Move(vm, if self.word(WARM)? { Move::WarmReset } else { Move::ColdReset })
            }
            Verb::Shutdown => {
                let vm = self.vm(config)?;
                Order::Move(vm, self.ending()?)
            }
            Verb::Destroy => Order::Move(self.vm(config)?, Move::Destroy),
            Verb::Attach => Order::Attach(self.vm(config)?),
            Verb::LogLevel => Order::LogLevel(self.level()?),
            Verb::Lines => Order::Lines(self.count()?),
            Verb::PowerOff => Order::PowerOff,
        })
    }

    fn needed<'c>(&mut self, what: Kind) -> Result<&'l str, Mistake<'c>> {
        self.words.next().ok_or(Mistake::Missing { command: self.command, what })
    }

    fn vm<'c>(&mut self, config: &'c config::Shell) -> Result<&'c ShellVm, Mistake<'c>>
    where
        'l: 'c,
    {
        find_vm(self.needed(Kind::Vm)?, config)
    }

    fn vcpu<'c>(&mut self, vm: &'c ShellVm) -> Result<u16, Mistake<'c>>
    where
        'l: 'c,
    {
        let Some(word) = self.words.next() else { return Ok(0) };
        let vcpu = word.parse().ok().filter(|vcpu| usize::from(*vcpu) < vm.vcpus.len());
        vcpu.ok_or(Mistake::UnknownVcpu { vm, word })
    }

    fn other_command<'c>(&mut self) -> Result<Option<&'static Command>, Mistake<'c>>
    where
        'l: 'c,
    {
        let Some(word) = self.words.next() else { return Ok(None) };
        Command::by_name(word).map(Some).ok_or(Mistake::UnknownCommand(word))
    }

    /// How a VM is to end: by force, or asked, with so many seconds to do it.
    fn ending<'c>(&mut self) -> Result<Move, Mistake<'c>>
    where
        'l: 'c,
    {
        let deadline_ms = match self.words.next() {
            Some(FORCE) => return Ok(Move::Shutdown),
            Some(word) => {
                let milliseconds = word.parse::<u32>().ok().and_then(|seconds| seconds.checked_mul(1000));
                milliseconds.filter(|time| *time > 0).ok_or(Mistake::NoEnding(word))?
            }
            None => 0,
        };
        Ok(Move::AskShutdown { deadline_ms })
    }

    fn count<'c>(&mut self) -> Result<Option<u16>, Mistake<'c>>
    where
        'l: 'c,
    {
        let Some(word) = self.words.next() else { return Ok(None) };
        let count = number(Kind::Count, word)?;
        u16::try_from(count).map(Some).map_err(|_| Mistake::NoNumber { what: Kind::Count, word })
    }

    /// Is this word next? No other may be.
    fn word<'c>(&mut self, wanted: &str) -> Result<bool, Mistake<'c>>
    where
        'l: 'c,
    {
        match self.words.next() {
            None => Ok(false),
            Some(word) if word == wanted => Ok(true),
            Some(word) => Err(Mistake::TooMuch { command: self.command, word }),
        }
    }

    fn level<'c>(&mut self) -> Result<Option<LogLevel>, Mistake<'c>>
    where
        'l: 'c,
    {
        let Some(word) = self.words.next() else { return Ok(None) };
        let level = LEVELS.iter().find(|(known, _)| *known == word).map(|(_, level)| *level);
        level.map(Some).ok_or(Mistake::UnknownLevel(word))
    }
}

fn find_vm<'c, 'l: 'c>(word: &'l str, config: &'c config::Shell) -> Result<&'c ShellVm, Mistake<'c>> {
    let vm = config.vms.iter().find(|vm| vm.name.as_str() == word);
    vm.ok_or(Mistake::UnknownVm { word, vms: &config.vms })
}

/// A number as a person writes it: 4096, or 0x1000.
fn number<'c, 'l: 'c>(what: Kind, word: &'l str) -> Result<u64, Mistake<'c>> {
    let read = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    read.map_err(|_| Mistake::NoNumber { what, word })
}
