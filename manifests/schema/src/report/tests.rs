use super::*;
use crate::load;

fn report(text: &str) -> Report {
    Report::new(&load(text, &()).unwrap(), [0xab; 32])
}

const GUEST: &str = "
    [[vm]]
    name = 'tiny'
    memory = '4 MiB'
    cpu = 1
    budget = '4 ms'
    on_failure = 'reset-vm'
    boot = { protocol = 'flat', kernel = 'guest:spin' }
    [vm.server.vuart]
    budget = '1 ms'
    restart = { limit = 0 }
    ";

#[test]
fn every_slot_and_right_is_in_the_text() {
    let report = report(GUEST);
    let text = to_text(&report);
    for words in [
        "manifest sha256 abababab",
        "slot 0: calls console (stream) and waits for 100 ms at the most",
        "sees and changes the 4 MiB of RAM of VM tiny",
        "uses the machine's ports 0x3f8-0x3ff",
        "drives interrupt line 4 of VM tiny",
        "called by vm-manager (device), shell (inspect), tiny.emulator (bus), vCPUs of tiny (exits)",
        "the server starts anew, VM tiny is reset and goes on",
        "after a fault it is given up at its first fault",
        "0x0000000000-0x000009fbff RAM",
        "if its guest powers itself off: the VM is off",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let slots: usize = report.tasks.iter().map(|task| task.slots.len()).sum();
    assert_eq!(text.matches("\n  slot ").count(), slots);
}

#[test]
fn a_bound_that_does_not_exist_is_not_a_number() {
    let report = report(GUEST);
    let vuart = report.cpus[0].actors.iter().find(|actor| actor.name == "tiny.vuart").unwrap();
    assert_eq!(vuart.gets_budget.within_us, None);
    assert!(vuart.gets_budget.words.contains("supervisor"), "{}", vuart.gets_budget.words);
    let vcpu = &report.cpus[1].actors[0];
    assert_eq!((vcpu.gets_budget.within_us, vcpu.answers.within_us), (Some(4_000), None));
}

#[test]
fn json_has_what_a_running_system_can_be_compared_with() {
    let json = to_json(&report(GUEST));
    for part in ["\"name\": \"tiny.vuart\"", "\"priority\": 32", "\"vcpus\": [\n        1\n      ]"] {
        assert!(json.contains(part), "{part} is not in\n{json}");
    }
    let digest = json.split("\"manifest_sha256\": \"").nth(1).and_then(|rest| rest.split('"').next());
    assert_eq!(digest.map(str::len), Some(64));
    let tasks = json.split("\"tasks\": [").nth(1).unwrap();
    let vuart = tasks.split("\"name\": \"tiny.vuart\"").nth(1).unwrap();
    let slots = vuart.split("\"slots\": [").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    assert_eq!(slots.matches('"').count(), 2, "one slot");
}

#[test]
fn the_page_is_whole_and_holds_the_picture() {
    let page = to_html(&report(GUEST), "<svg></svg>");
    assert!(page.contains("<svg></svg>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<details>").count(), report(GUEST).tasks.len());
    // One file: nothing is fetched from elsewhere.
    assert!(!page.contains("http"));
}

#[test]
fn numbers_are_short_and_exact() {
    assert_eq!(duration(0), "0");
    assert_eq!(duration(1_500), "1.5 ms");
    assert_eq!(duration(1_234), "1234 us");
    assert_eq!(duration(2_000_000), "2 s");
    assert_eq!(size(3 << 20), "3 MiB");
    assert_eq!(percent(333_334), "33.4 %");
    assert_eq!(percent(1_000_000), "100 %");
}

#[test]
fn a_pool_is_described_with_the_vms_that_take_turns_in_it() {
    let report = report(include_str!("../../../lab.toml"));
    let [pool] = report.vms.as_slice() else { panic!("one VM of the core: {report:?}") };
    assert_eq!((pool.name.as_str(), pool.boot.as_str()), ("lab", "debian or memtest or tiny"));
    let runs: Vec<_> = pool.runs.iter().map(|run| (run.name.as_str(), run.ends.len())).collect();
    assert_eq!(runs, [("debian", 2), ("memtest", 2), ("tiny", 2)]);
    let text = to_text(&report);
    for words in [
        "\npool lab\n",
        "VM tiny: boots flat binary at 0x8000",
        "VM in the pool lab is powered off; the others go on",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(to_json(&report).contains("\"runs\""));
}
