//! Bounded lists that know their largest encoding, and pages of longer ones.

use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use postcard_schema::schema::{DataModelType, NamedType};
use serde::{Deserialize, Serialize};

/// At most `N` items, stored in place. Longer input does not decode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct List<T, const N: usize>(heapless::Vec<T, N>);

impl<T, const N: usize> List<T, N> {
    /// As many of the items as fit.
    pub fn from_prefix(items: impl IntoIterator<Item = T>) -> Self {
        Self(items.into_iter().take(N).collect())
    }
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self(heapless::Vec::new())
    }
}

impl<T, const N: usize> core::ops::Deref for List<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: MaxSize, const N: usize> MaxSize for List<T, N> {
    const POSTCARD_MAX_SIZE: usize = {
        assert!(N < 128, "the length is one byte");
        1 + N * T::POSTCARD_MAX_SIZE
    };
}

impl<T: Schema, const N: usize> Schema for List<T, N> {
    const SCHEMA: &'static NamedType = &NamedType { name: "List", ty: &DataModelType::Seq(T::SCHEMA) };
}

/// A piece of a list that is longer than a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct Page<T, const N: usize> {
    /// Items of the whole list.
    pub total: u16,
    /// Those from the one that was asked for; none at its end.
    pub items: List<T, N>,
}

impl<T, const N: usize> Page<T, N> {
    /// The page of `all` that begins with item `from`.
    pub fn of(all: impl IntoIterator<Item = T>, from: u16) -> Self {
        let mut items = heapless::Vec::new();
        let mut total = 0u16;
        for item in all {
            if total >= from && !items.is_full() {
                let _ = items.push(item);
            }
            total = total.saturating_add(1);
        }
        Self { total, items: List(items) }
    }
}

impl<T: MaxSize, const N: usize> MaxSize for Page<T, N> {
    const POSTCARD_MAX_SIZE: usize = u16::POSTCARD_MAX_SIZE + List::<T, N>::POSTCARD_MAX_SIZE;
}

impl<T: Schema, const N: usize> Schema for Page<T, N> {
    const SCHEMA: &'static NamedType =
        &NamedType { name: "Page", ty: &DataModelType::Tuple(&[u16::SCHEMA, List::<T, N>::SCHEMA]) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_are_asked_for_one_after_the_other_make_the_whole_list() {
        let mut seen = heapless::Vec::<u16, 16>::new();
        loop {
            let from = u16::try_from(seen.len()).unwrap_or(u16::MAX);
            let page = Page::<u16, 3>::of(0..11, from);
            assert_eq!(page.total, 11);
            if page.items.is_empty() {
                break;
            }
            seen.extend(page.items.iter().copied());
        }
        assert!(seen.iter().copied().eq(0..11));
    }

    #[test]
    fn a_list_takes_no_more_than_it_says_and_decodes_to_itself() {
        let list = List::<u32, 4>::from_prefix([u32::MAX; 9]);
        let mut bytes = [0; List::<u32, 4>::POSTCARD_MAX_SIZE];
        let length = crate::encode(&list, &mut bytes);
        assert_eq!(length, Some(bytes.len()));
        assert_eq!(crate::decode::<List<u32, 4>>(&bytes), Ok(list));
        assert!(crate::decode::<List<u32, 3>>(&bytes).is_err());
    }
}
