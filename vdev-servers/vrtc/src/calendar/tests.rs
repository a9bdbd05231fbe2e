//! The calendar against known days and itself.
#![expect(clippy::arithmetic_side_effects, reason = "a failed test may panic")]

use super::Moment;
use proptest::prelude::*;

fn date(year: i64, month: u8, day: u8, weekday: u8) -> Moment {
    Moment { year, month, day, weekday, hour: 0, minute: 0, second: 0 }
}

#[test]
fn known_days_have_their_numbers() {
    for (days, moment) in [
        (-1, date(1969, 12, 31, 4)),
        (0, date(1970, 1, 1, 5)),
        (11_016, date(2000, 2, 29, 3)),
        (11_017, date(2000, 3, 1, 4)),
        (19_782, date(2024, 2, 29, 5)),
        (47_540, date(2100, 2, 28, 1)),
        (47_541, date(2100, 3, 1, 2)),
    ] {
        assert_eq!(Moment::from_seconds(days * 86_400), moment);
        assert_eq!(moment.to_seconds(), days * 86_400);
    }
}

proptest! {
    #[test]
    fn every_moment_has_one_number(seconds in -70_000_000_000i64..500_000_000_000) {
        prop_assert_eq!(Moment::from_seconds(seconds).to_seconds(), seconds);
    }

    #[test]
    fn the_next_day_is_the_next_date(days in -700_000i64..5_000_000) {
        let today = Moment::from_seconds(days * 86_400);
        let tomorrow = Moment::from_seconds((days + 1) * 86_400);
        prop_assert_eq!(tomorrow.weekday, today.weekday % 7 + 1);
        let next_day = (tomorrow.year, tomorrow.month, tomorrow.day) == (today.year, today.month, today.day + 1);
        let next_month = (tomorrow.year, tomorrow.month, tomorrow.day) == (today.year, today.month + 1, 1);
        let next_year = (tomorrow.year, tomorrow.month, tomorrow.day) == (today.year + 1, 1, 1);
        prop_assert!(next_day || (next_month && today.day >= 28) || (next_year && today.day == 31));
    }
}
