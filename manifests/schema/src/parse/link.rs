//! `[[link]]`: a serial cable between two VMs.

use super::fields::Fields;
use crate::language::Table;
use crate::manifest::SerialLink;
use crate::problem::Problem;
use crate::tree::Value;

/// Reads one link.
pub(super) fn read(
    value: Value,
    declared: &'static Table,
    problems: &mut Vec<Problem>,
) -> Option<SerialLink> {
    let mut fields = Fields::open(value, declared, problems)?;
    Some(SerialLink { span: fields.span(), vms: fields.texts("vms").unwrap_or_default() })
}
