//! Little-endian fields of an image that may end anywhere.

use crate::LoadError;

pub(crate) fn bytes<const N: usize>(image: &[u8], offset: usize) -> Result<[u8; N], LoadError> {
    let tail = image.get(offset..).ok_or(LoadError::Truncated)?;
    tail.first_chunk().copied().ok_or(LoadError::Truncated)
}

pub(crate) fn u8_at(image: &[u8], offset: usize) -> Result<u8, LoadError> {
    bytes(image, offset).map(u8::from_le_bytes)
}

pub(crate) fn u16_at(image: &[u8], offset: usize) -> Result<u16, LoadError> {
    bytes(image, offset).map(u16::from_le_bytes)
}

pub(crate) fn u32_at(image: &[u8], offset: usize) -> Result<u32, LoadError> {
    bytes(image, offset).map(u32::from_le_bytes)
}

pub(crate) fn u64_at(image: &[u8], offset: usize) -> Result<u64, LoadError> {
    bytes(image, offset).map(u64::from_le_bytes)
}
