//! Boots images in the emulators and checks what they do.
#![forbid(unsafe_code)]
