//! Answers to orders, one file for each kind.

mod console;
mod cpuid;
mod device;
mod help;
mod life;
mod memory;
mod pool;
mod ranges;
mod registers;
mod tasks;
mod vcpus;
mod version;
mod vms;

pub(crate) use ranges::List;

use crate::order::Order;
use crate::registry::Registry;
use crate::system::System;
use bulkhead_protocol::config;
use core::fmt::{Result, Write};

/// Carries an order out and writes its answer.
pub(crate) fn answer(
    order: &Order<'_>,
    config: &config::Shell,
    system: &mut dyn System,
    out: &mut dyn Write,
) -> Result {
    match *order {
        // The shell's own affair.
        Order::Nothing | Order::Lines(_) => Ok(()),
        Order::Help(command) => help::write(command, out),
        Order::Version => version::write(config, system, out),
        Order::Vms => vms::write(config, &mut Registry::new(system, config.registry), out),
        Order::Vcpus(None) => vcpus::write(config, None, system, out),
        Order::Vcpus(Some(vm)) => {
            if pool::is_at_home(vm, config.registry, system, out)? {
                vcpus::write(config, Some(vm), system, out)?;
            }
            Ok(())
        }
        Order::Registers(vm, vcpu) => registers::write(vm, vcpu, config.registry, system, out),
        Order::Memory(vm, address, length) => {
            if pool::is_at_home(vm, config.registry, system, out)? {
                memory::write(vm, address, length, system, out)?;
            }
            Ok(())
        }
        Order::Cpuid(vm) => cpuid::write(vm, &mut Registry::new(system, config.registry), out),
        Order::List(vm, list) => ranges::write(vm, list, &mut Registry::new(system, config.registry), out),
        Order::Device(vm, name, slot) => {
            if pool::is_at_home(vm, config.registry, system, out)? {
                device::write(name, slot, system, out)?;
            }
            Ok(())
        }
        Order::Tasks => tasks::write_tasks(config, system, out),
        Order::Irqs => tasks::write_irqs(config, system, out),
        Order::Move(vm, to) => life::write(vm, to, &mut Registry::new(system, config.registry), out),
        Order::Attach(vm) => console::attach(vm, config.terminal, system, out),
        Order::LogLevel(level) => console::log_level(level, config.terminal, system, out),
        Order::PowerOff => console::power_off(system, out),
    }
}

/// A time in seconds, and the share of the time since boot that it is, in tenths of a percent.
struct CpuTime {
    nanoseconds: u64,
    uptime: u64,
}

impl CpuTime {
    fn of(ticks: u64, system: &dyn System) -> Self {
        Self { nanoseconds: system.nanoseconds(ticks), uptime: system.uptime() }
    }
}

impl core::fmt::Display for CpuTime {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> Result {
        let milliseconds = self.nanoseconds / 1_000_000;
        let share = self.nanoseconds.saturating_mul(1000).checked_div(self.uptime).unwrap_or(0);
        let (percent, tenth) = (share / 10, share % 10);
        write!(f, "{:>6}.{:03} s  {percent:>3}.{tenth} %", milliseconds / 1000, milliseconds % 1000)
    }
}

/// Letters of the longest of these names, but not less than its heading.
fn width<'n>(heading: &str, names: impl Iterator<Item = &'n str>) -> usize {
    names.map(str::len).max().unwrap_or(0).max(heading.len())
}
