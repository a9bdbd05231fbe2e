//! What Linux says when its platform does not behave as it should.

/// Parts of such lines, in lower case.
const COMPLAINTS: [&str; 34] = [
    // Firmware and tables.
    "bios bug",
    "bios error",
    "firmware bug",
    "acpi error",
    "acpi exception",
    "acpi warning",
    "report a bug",
    "mp-bios",
    "invalid mp",
    // CPU.
    "unchecked msr access",
    "hardware error",
    "machine check",
    "mce: ",
    "microcode: error",
    "general protection",
    "unknown nmi",
    "stuck ??",
    "not responding",
    "apic error",
    // Interrupts.
    "nobody cared",
    "disabling irq",
    "no irq handler",
    "spurious",
    "timer doesn't work",
    "too much work for irq",
    "overrun",
    // Time.
    "unstable",
    "lost ticks",
    "clocksource: timekeeping watchdog",
    "detected stalls",
    "soft lockup",
    // The kernel itself.
    "call trace",
    "warning: ",
    "bug: ",
];

/// Said of a choice that Linux makes on every machine, with what to do if it was wrong.
const ADVICE: &str = "if necessary, use \"pci=nocrs\" and report a bug";

/// The lines of a screen that are complaints.
pub(crate) fn complaints(screen: &str) -> Vec<&str> {
    let is_complaint = |line: &&str| {
        let line = line.replace(ADVICE, "").to_lowercase();
        COMPLAINTS.iter().any(|complaint| line.contains(complaint))
    };
    screen.lines().filter(is_complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::complaints;

    #[test]
    fn complaints_are_found_whatever_their_case() {
        let screen = "[    0.1] tsc: Marking TSC unstable due to clocksource watchdog\r\n\
                      [    0.2] [Firmware Bug]: TSC not synchronous\r\n\
                      [    0.3] unchecked MSR access error: RDMSR from 0x123\r\n\
                      [    0.4] irq 4: nobody cared (try booting with the \"irqpoll\" option)\r\n";
        assert_eq!(complaints(screen).len(), 4);
    }

    #[test]
    fn an_ordinary_boot_has_none() {
        let screen = "[    0.1] PCI: Using host bridge windows from ACPI; if necessary, use \"pci=nocrs\" and report a bug\r\n\
                      [    0.2] clocksource: Switched to clocksource tsc\r\n";
        assert_eq!(complaints(screen), [""; 0]);
    }
}
