//! The alarm's search against a look at every second.
#![expect(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "a failed test may panic")]

use super::Alarm;
use crate::format::Format;
use crate::register::B;
use proptest::prelude::*;

fn matches(alarm: Alarm, second: i64) -> bool {
    let value = |number: i64| u8::try_from(number).unwrap();
    let time = [
        alarm.format.number(value(second % 60)),
        alarm.format.number(value(second / 60 % 60)),
        alarm.format.hour(value(second / 3600 % 24)),
    ];
    alarm.registers.iter().zip(time).all(|(register, time)| *register >= 0xc0 || *register == time)
}

fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0xff), 0u8..0x60, any::<u8>()]
}

proptest! {
    #[test]
    fn the_search_misses_no_second(registers in [byte(), byte(), byte()], modes in 0u8..8, start in 0i64..200_000) {
        let alarm = Alarm { registers, format: Format::of(B::from_bits_truncate(modes)) };
        let looked = (start + 1..start + 86_401).find(|second| matches(alarm, *second));
        prop_assert_eq!(alarm.next_after(start), looked);
    }
}
