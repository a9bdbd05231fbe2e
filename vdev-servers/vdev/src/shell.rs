//! The loop around a device model.
