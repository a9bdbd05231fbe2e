//! From the boot loader to the first task.

mod entry;
mod info;
mod smp;

use crate::arch::{acpi, apic, cpu, percpu, power, serial, soft_off, time};
use crate::image::{Image, ImageError};
use crate::memory::{Arena, CoreSpace, Demand, Physical, arena_needed};
use crate::system::start::hw_pages;
use crate::system::{self, System};
use crate::virt::{Backend, CpuPages, svm::SVM, vmx::VMX};
use bulkhead_abi::image::VmRecord;
use bulkhead_abi::limits::MAX_VMS;
use bulkhead_model::paging::{LARGE_PAGE, MapError, Rights};
use core::fmt;
use core::ops::Range;
use info::{BootError, BootInfo};

unsafe extern "C" {
    static core_load_start: u8;
    static core_load_end: u8;
}

/// Why the machine cannot run this system, in words.
enum Refusal {
    Cpu(&'static str),
    Loader(BootError),
    Image(ImageError),
    Acpi,
    Virtualization(&'static str),
    Cpus { named: usize, present: usize },
    Memory { needed: u64, free: u64 },
    Tables(MapError),
    CpuSilent(usize),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu(what) => write!(f, "this CPU lacks {what}"),
            Self::Loader(BootError::UnknownLoader) => {
                f.write_str("started neither by Multiboot 2 nor by PVH")
            }
            Self::Loader(BootError::Damaged) => f.write_str("the boot loader's information is damaged"),
            Self::Loader(BootError::NoImage) => {
                f.write_str("no system image was loaded: give it as the boot loader's first module")
            }
            Self::Image(error) => error.fmt(f),
            Self::Acpi => f.write_str("the firmware has no usable ACPI tables (MADT)"),
            Self::Virtualization(what) => write!(
                f,
                "this CPU cannot run guests: it lacks {what}; enable virtualization in the firmware, or in the emulator \
                 choose a CPU that has VMX with EPT or SVM with nested paging"
            ),
            Self::Cpus { named, present } => {
                write!(f, "the manifest names {named} CPUs, this machine has {present}")
            }
            Self::Memory { needed, free } => write!(
                f,
                "not enough memory: {} MiB more are needed in one piece, {} MiB are free; give VMs less or the machine more",
                needed.div_ceil(1 << 20),
                free >> 20
            ),
            Self::Tables(error) => write!(f, "the core's memory plan failed: {error:?}"),
            Self::CpuSilent(index) => write!(f, "CPU {index} does not start"),
        }
    }
}

impl From<MapError> for Refusal {
    fn from(error: MapError) -> Self {
        Self::Tables(error)
    }
}

/// Rust begins here, on the boot stack and the boot page tables.
#[unsafe(no_mangle)]
extern "C" fn core_start(magic: u32, address: u32) -> ! {
    serial::start();
    // SAFETY: the entry code passes on what the loader gave, and its page tables are active.
    let refused = match unsafe { BootInfo::read(magic, address) } {
        Ok(info) => {
            power::choose(info.option("exit"));
            match start(&info) {
                Ok(never) => never,
                Err(refusal) => refusal,
            }
        }
        Err(error) => Refusal::Loader(error),
    };
    serial::print(format_args!("bulkhead: cannot start: {refused}\n"));
    power::stop(1)
}

fn start(info: &BootInfo) -> Result<Refusal, Refusal> {
    serial::print(format_args!("bulkhead: version {}\n", env!("CARGO_PKG_VERSION")));
    if let Some(what) = cpu::missing() {
        return Err(Refusal::Cpu(what));
    }
    let platform = acpi::read(info.rsdp).ok_or(Refusal::Acpi)?;
    soft_off::remember(platform.soft_off);
    apic::choose(info.option("apic") == Some("x2apic"));
    if apic::registers().is_none() {
        serial::print(format_args!("bulkhead: local APICs in x2APIC mode\n"));
    }
    // `cargo xtask board --from-log` reads these lines.
    serial::print(format_args!("bulkhead: board: {} CPUs\n", platform.cpu_count));
    for region in info.regions() {
        serial::print(format_args!("bulkhead: board: RAM {:#x}-{:#x}\n", region.start, region.end - 1));
    }
    if info.image.is_empty() {
        return Err(Refusal::Loader(BootError::NoImage));
    }
    let image = Image::new(&info.image).map_err(Refusal::Image)?;
    let named = image.header().cpus as usize;
    if named > platform.cpu_count {
        return Err(Refusal::Cpus { named, present: platform.cpu_count });
    }
    let backend = backend()?;

    let mut physical = free_memory(info);
    let mut guests = [0; MAX_VMS];
    let arena_range = {
        let needed = arena_needed(&demand(&image));
        let free = physical.total();
        physical.take_high(needed, LARGE_PAGE, 1 << 32).ok_or(Refusal::Memory { needed, free })?
    };
    for (guest, vm) in guests.iter_mut().zip(image.vms()) {
        let free = physical.total();
        let needed = vm.total_memory();
        *guest = physical.take_low(needed, LARGE_PAGE).ok_or(Refusal::Memory { needed, free })?.start;
    }

    let mut arena = Arena::new(arena_range);
    let space = CoreSpace::new(&mut arena)?;
    let image_start = image.modules().start - image.header().core_length;
    space.map_direct(&mut arena, image_start, image.header().core_length, Rights::READ)?;
    space.map_direct(&mut arena, apic::BASE, 4096, Rights::DEVICE)?;
    space.map_direct(&mut arena, platform.io_apic.base, 4096, Rights::DEVICE)?;
    space.map_direct(&mut arena, smp::TRAMPOLINE, 4096, Rights::WRITE)?;
    let mut blocks = [core::ptr::null_mut(); bulkhead_abi::limits::MAX_CPUS];
    let mut pages = [None; bulkhead_abi::limits::MAX_CPUS];
    for index in 0..named {
        space.map_stack(&mut arena, index as u64)?;
        blocks[index] = percpu::PerCpu::create(&mut arena, index as u64, apic::registers().unwrap_or(0))
            .ok_or(Refusal::Tables(MapError::OutOfTables))?;
        pages[index] = Some(CpuPages { root: hw_pages(&mut arena, 1)?, host: hw_pages(&mut arena, 1)? });
    }
    // SAFETY: the new tables map the core where it runs, and everything that it uses from here on.
    unsafe { cpu::load_tables(space.root) };
    mask_legacy_controllers();
    // SAFETY: the block was made for this CPU, and this happens once.
    unsafe { percpu::PerCpu::activate(blocks[0]) };
    cpu::limit_extended_state();
    cpu::protect();
    apic::enable();
    let tsc_hz = time::calibrate();

    {
        let mut system = system::lock();
        system.tsc_hz = tsc_hz;
        system.tsc_boot = cpu::tsc();
        system.backend = Some(backend);
        system.build(image, &mut arena, &space, &guests, &platform)?;
        if let Some(shared) = system.shared {
            backend.prepare(&shared);
        }
        for (slot, id) in system.cpus.iter_mut().zip(platform.cpus) {
            slot.apic_id = id;
        }
        report(&system, &image, &arena, tsc_hz, backend);
    }
    join(0, backend, pages[0])?;
    for index in 1..named {
        let id = platform.cpus.get(index).copied().unwrap_or(0);
        let cpu = smp::Start { block: blocks[index], pages: pages[index], root: space.root, index };
        if !smp::start(id, cpu, tsc_hz) {
            return Err(Refusal::CpuSilent(index));
        }
    }
    system::lock().start_tasks();
    run()
}

/// This CPU takes part: virtualization on, ready for work.
fn join(index: usize, backend: &'static dyn Backend, pages: Option<CpuPages>) -> Result<(), Refusal> {
    if let Some(pages) = pages {
        backend.enable(&pages).map_err(|lacking| Refusal::Virtualization(lacking.0))?;
    }
    if let Some(cpu) = system::lock().cpus.get_mut(index) {
        cpu.online = true;
    }
    Ok(())
}

/// Works for ever: the first task that is to be resumed leaves this stack for good.
fn run() -> ! {
    crate::syscall::work(system::lock());
    // SAFETY: the per-CPU block names the context of a task whose address space is active.
    unsafe { crate::arch::entry::core_resume() }
}

/// VMX if the CPU has it, else SVM.
fn backend() -> Result<&'static dyn Backend, Refusal> {
    let vmx = core::arch::x86_64::__cpuid_count(1, 0).ecx & 1 << 5 != 0;
    let svm = core::arch::x86_64::__cpuid_count(0x8000_0001, 0).ecx & 1 << 2 != 0;
    let chosen: &'static dyn Backend = match (vmx, svm) {
        (true, _) => &VMX,
        (false, true) => &SVM,
        (false, false) => return Err(Refusal::Virtualization("both VMX and SVM")),
    };
    chosen.probe().map_err(|lacking| Refusal::Virtualization(lacking.0))?;
    Ok(chosen)
}

/// RAM that nobody uses.
fn free_memory(info: &BootInfo) -> Physical {
    let mut physical = Physical::new(info.regions());
    physical.reserve(0..1 << 20);
    let image: Range<u64> =
        (&raw const core_load_start).addr() as u64..(&raw const core_load_end).addr() as u64;
    physical.reserve(image);
    physical.reserve(info.image.clone());
    physical.reserve(info.information.clone());
    physical
}

fn demand(image: &Image) -> Demand {
    let vm_memory: u64 = image.vms().iter().map(VmRecord::total_memory).sum();
    let mut demand = Demand {
        cpus: u64::from(image.header().cpus),
        vcpus: image.vcpus().len() as u64,
        tasks: image.tasks().len() as u64,
        task_pages: 0,
        mapped: vm_memory,
        mappings: image.vms().len() as u64 * 3,
    };
    for task in image.tasks() {
        let pages: u64 =
            image.segments(task).iter().map(|segment| segment.memory_length.div_ceil(4096)).sum();
        demand.task_pages +=
            pages + u64::from(task.stack_pages) + u64::from(task.config_length).div_ceil(4096);
        // A large stack needs further tables.
        demand.task_pages += u64::from(task.stack_pages) / 512;
        for mount in image.mounts(task) {
            demand.mappings += 3;
            demand.mapped += if mount.kind == bulkhead_abi::image::MountKind::Modules as u16 {
                // Modules are not aligned for large pages: they take a table per 2 MiB.
                (image.modules().end - image.modules().start) * 512
            } else {
                image.vms().get(usize::from(mount.target)).map_or(0, VmRecord::total_memory)
            };
        }
    }
    demand
}

fn report(system: &System, image: &Image, arena: &Arena, tsc_hz: u64, backend: &'static dyn Backend) {
    let _ = system;
    serial::print(format_args!(
        "bulkhead: system {} with {} CPUs, {} tasks, {} VMs, {} vCPUs; {}; {} MHz; core memory {} KiB of {} KiB\n",
        bulkhead_abi::image::name_text(&image.header().name),
        image.header().cpus,
        image.tasks().len(),
        image.vms().len(),
        image.vcpus().len(),
        backend.name(),
        tsc_hz / 1_000_000,
        arena.used() >> 10,
        (arena.range().end - arena.range().start) >> 10,
    ));
    serial::print(format_args!("bulkhead: manifest "));
    for byte in image.header().manifest_digest {
        serial::print(format_args!("{byte:02x}"));
    }
    serial::print(format_args!("\n"));
}

/// The 8259As of the physical machine are not used.
fn mask_legacy_controllers() {
    for port in [0x21u16, 0xa1] {
        // SAFETY: masking has no effect on memory; nobody else uses the ports.
        unsafe { x86_64::instructions::port::Port::<u8>::new(port).write(0xff) };
    }
}
