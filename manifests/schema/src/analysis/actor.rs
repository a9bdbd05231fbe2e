//! Tasks and vCPUs as the scheduler sees them.

use crate::system::System;

/// A task or a vCPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Which.
    pub who: Who,
    /// Its name.
    pub name: String,
    /// Where it runs.
    pub cpu: u16,
    /// How urgent it is; greater runs first.
    pub priority: u8,
    /// What it gets in a period at the most; nothing is as much as it likes.
    pub budget: Option<Budget>,
}

/// Which task or vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The task with this index.
    Task(usize),
    /// A vCPU of a VM.
    Vcpu {
        /// The VM's index.
        vm: usize,
        /// Its number in the VM.
        number: usize,
    },
}

/// CPU time in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Microseconds of CPU time.
    pub budget_us: u64,
    /// In so many microseconds; at least as many.
    pub period_us: u64,
}

impl Budget {
    /// Its part of a CPU in millionths, rounded up.
    #[must_use]
    pub const fn share_ppm(self) -> u64 {
        self.budget_us.saturating_mul(1_000_000).div_ceil(self.period_us)
    }

    /// The same, rounded down.
    pub(super) const fn least_share_ppm(self) -> u64 {
        self.budget_us.saturating_mul(1_000_000) / self.period_us
    }

    /// CPU time that it takes in any stretch of so many microseconds at the most: the stretch may begin with a budget
    /// that was kept until the end of its period.
    #[must_use]
    pub const fn most_in(self, stretch_us: u64) -> u64 {
        let Self { budget_us, period_us } = self;
        if stretch_us <= budget_us {
            return stretch_us;
        }
        let further = (stretch_us - budget_us).div_ceil(period_us);
        budget_us.saturating_add(further.saturating_mul(budget_us))
    }
}

/// All tasks, then all vCPUs. Budgets that make no sense are left out: the checker has its own word on them.
pub(super) fn of_system(system: &System) -> Vec<Actor> {
    let tasks = system.tasks.iter().enumerate().map(|(index, task)| Actor {
        who: Who::Task(index),
        name: task.name.clone(),
        cpu: task.cpu.value,
        priority: task.priority.value,
        budget: budget(task.budget_us.value, task.period_us.value),
    });
    let vcpus = system.vms.iter().enumerate().flat_map(|(index, vm)| {
        vm.vcpus.iter().enumerate().map(move |(number, cpu)| Actor {
            who: Who::Vcpu { vm: index, number },
            name: format!("{} vCPU {number}", vm.name.value),
            cpu: cpu.value,
            priority: vm.priority.value,
            budget: budget(vm.budget_us.value, vm.period_us.value),
        })
    });
    tasks.chain(vcpus).collect()
}

fn budget(budget_us: u32, period_us: u32) -> Option<Budget> {
    let is_one = budget_us != 0 && budget_us <= period_us;
    is_one.then_some(Budget { budget_us: budget_us.into(), period_us: period_us.into() })
}
