//! Guests that end themselves again and again: each end must have its own reason, whoever died meanwhile.

use std::collections::BTreeMap;

/// What is wrong with these ends, `vm: reason` and how often, if each of these guests may end for one reason only; and each
/// must have ended.
pub(super) fn wrong(ends: &BTreeMap<String, u64>, allowed: &[(String, String)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (vm, reason) in allowed {
        let of = |end: &str| end.split_once(": ").is_some_and(|(whose, _)| whose == vm);
        let own = format!("{vm}: {reason}");
        if !ends.contains_key(&own) {
            wrong.push(format!("{vm} has not ended for {reason}"));
        }
        let others = ends.keys().filter(|end| of(end) && **end != own);
        wrong.extend(others.map(|end| format!("{vm} ended for {}", &end[vm.len() + 2..])));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::wrong;
    use std::collections::BTreeMap;

    #[test]
    fn an_end_for_another_reason_and_none_at_all_are_wrong() {
        let ends: BTreeMap<String, u64> =
            [("a: GuestReset".into(), 3), ("b: GuestReset".into(), 1), ("b: HaltedForEver".into(), 2)].into();
        let allowed = |vm: &str| [(vm.to_string(), "GuestReset".to_string())];
        assert!(wrong(&ends, &allowed("a")).is_empty());
        assert_eq!(wrong(&ends, &allowed("b")), ["b ended for HaltedForEver"]);
        assert_eq!(wrong(&ends, &allowed("c")), ["c has not ended for GuestReset"]);
    }
}
