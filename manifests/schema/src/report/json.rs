//! A report for tools: objects with the names of the fields.

use super::{ActorReport, Cpu, DeviceReport, RangeReport, Report, RunReport, TaskReport, Time, VmReport};
use crate::json::Json;

/// All of it. Members are only ever added.
#[must_use]
pub fn to_json(report: &Report) -> String {
    report.json().to_string()
}

/// What can be a JSON value.
trait ToJson {
    fn json(&self) -> Json;
}

macro_rules! object {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl ToJson for $type {
            fn json(&self) -> Json {
                Json::object([$((stringify!($field), self.$field.json())),*])
            }
        }
    };
}

object!(Report { system, manifest_sha256, abi_version, cpus, tasks, vms, guest_memory, faults_on_purpose });
object!(Cpu { cpu, promised_ppm, actors });
object!(ActorReport { name, priority, budget_us, period_us, gets_budget, answers });
object!(Time { within_us, words });
object!(TaskReport {
    name,
    program,
    role,
    cpu,
    priority,
    stack,
    slots,
    rights,
    called_by,
    on_fault,
    on_failure
});
object!(RunReport { name, boot, ends });
object!(VmReport { name, kind, memory, vcpus, priority, boot, devices, memory_map, ends, runs });
object!(DeviceReport { name, server, ports, windows, lines, answers });
object!(RangeReport { base, length, what });

macro_rules! number {
    ($($type:ty),*) => {
        $(impl ToJson for $type {
            fn json(&self) -> Json {
                Json::Number(u64::from(*self))
            }
        })*
    };
}

number!(u8, u16, u32, u64);

impl ToJson for usize {
    fn json(&self) -> Json {
        (*self).into()
    }
}

impl ToJson for String {
    fn json(&self) -> Json {
        self.as_str().into()
    }
}

impl ToJson for &'static str {
    fn json(&self) -> Json {
        (*self).into()
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::json)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn json(&self) -> Json {
        self.iter().map(T::json).collect()
    }
}
