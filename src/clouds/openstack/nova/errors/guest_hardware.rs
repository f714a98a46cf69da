//! Errors about the virtual hardware that a flavor and an image ask for (nova/exception.py). All are 400.

use super::bad_request;
use crate::engine::Problem;

/// `FlavorImageConflict`.
pub fn flavor_image_conflict(flavor: &str, key: &str, of_flavor: bool, of_image: bool) -> Problem {
    let word = |flag| if flag { "True" } else { "False" };
    let (of_flavor, of_image) = (word(of_flavor), word(of_image));
    bad_request(format!(
        "Flavor {flavor} has hw:{key} extra spec explicitly set to {of_flavor}, conflicting with image  which has \
         hw_{key} explicitly set to {of_image}."
    ))
}

/// `ImageSerialPortNumberInvalid`.
pub fn serial_ports_not_a_number(text: &str) -> Problem {
    bad_request(format!("Number of serial ports specified in flavor is invalid: expected an integer, got '{text}'"))
}

/// `ImageSerialPortNumberExceedFlavorValue`.
pub fn too_many_serial_ports() -> Problem {
    bad_request("Forbidden to exceed flavor value of number of serial ports passed in image meta.")
}

/// `RealtimeMaskNotFoundOrInvalid`.
pub fn realtime_needs_other_cpus() -> Problem {
    bad_request("Use of realtime CPUs requires either one or more non-realtime CPU(s) or offloaded emulator threads.")
}

/// `RealtimeMaskNotFoundOrInvalid`.
pub fn realtime_cpus_not_in_flavor() -> Problem {
    bad_request(
        "Realtime policy vCPU(s) mask is configured with RT vCPUs that are not a subset of the vCPUs in the flavor. See \
         hw:cpu_realtime_mask or hw_cpu_realtime_mask",
    )
}

/// `InvalidEmulatorThreadsPolicy`.
pub fn invalid_emulator_threads(policy: &str) -> Problem {
    bad_request(format!(
        "CPU emulator threads option requested is invalid, given: '{policy}', available: '('isolate', 'share')'."
    ))
}

/// `InvalidCPUAllocationPolicy` and `InvalidCPUThreadAllocationPolicy`.
pub fn invalid_cpu_policy(what: &str, policy: &str, available: &str) -> Problem {
    bad_request(format!(
        "{what} requested from 'flavor extra specs' is invalid, given: '{policy}', available: '{available}'."
    ))
}

/// `ImageCPUPinningForbidden`.
pub fn image_cpu_policy_forbidden() -> Problem {
    bad_request("Image property 'hw_cpu_policy' is not permitted to override CPU pinning policy set against the flavor")
}

/// `ImageCPUThreadPolicyForbidden`.
pub fn image_thread_policy_forbidden() -> Problem {
    bad_request(
        "Image property 'hw_cpu_thread_policy' is not permitted to override CPU thread pinning policy set against the \
         flavor",
    )
}

/// `CPUThreadPolicyConfigurationInvalid`.
pub fn threads_need_pinning() -> Problem {
    bad_request("Cannot set cpu thread pinning policy in a non dedicated cpu pinning policy")
}

/// `BadRequirementEmulatorThreadsPolicy`.
pub fn emulator_threads_need_pinning() -> Problem {
    bad_request("An isolated CPU emulator threads option requires a dedicated CPU policy option.")
}

/// `RequiredMixedInstancePolicy`.
pub fn dedicated_mask_needs_mixed() -> Problem {
    bad_request("Cannot specify 'hw:cpu_dedicated_mask' without the 'mixed' policy.")
}

/// `RealtimeConfigurationInvalid`.
pub fn realtime_needs_pinning() -> Problem {
    bad_request("Cannot set realtime policy in a non dedicated cpu pinning policy")
}

/// `RequiredMixedOrRealtimeCPUMask`.
pub fn mixed_needs_one_mask() -> Problem {
    bad_request(
        "Dedicated CPU set can be specified from either 'hw:cpu_dedicated_mask' or 'hw:cpu_realtime_mask' when using \
         'mixed' CPU policy. 'hw:cpu_dedicated_mask' and 'hw:cpu_realtime_mask' can not be specified at the same time, \
         or be specified with none of them.",
    )
}

/// `MemoryPageSizeInvalid`.
pub fn invalid_page_size(text: &str) -> Problem {
    bad_request(format!("Invalid memory page size '{text}'"))
}

/// `MemoryPageSizeForbidden`.
pub fn page_size_forbidden(size: &str, against: &str) -> Problem {
    bad_request(format!("Page size {size} forbidden against '{against}'"))
}

/// `ImageNUMATopologyForbidden`.
pub fn image_numa_forbidden(name: &str) -> Problem {
    bad_request(format!(
        "Image property '{name}' is not permitted to override NUMA configuration set against the flavor"
    ))
}

/// `InvalidNUMANodesNumber`.
pub fn invalid_numa_nodes(text: &str) -> Problem {
    bad_request(format!("The property 'numa_nodes' cannot be '{text}'. It must be a number greater than 0"))
}

/// `ImageNUMATopologyAsymmetric`.
pub fn numa_asymmetric() -> Problem {
    bad_request(
        "Instance CPUs and/or memory cannot be evenly distributed across instance NUMA nodes. Explicit assignment of \
         CPUs and memory to nodes is required",
    )
}

/// `ImageNUMATopologyIncomplete`.
pub fn numa_incomplete() -> Problem {
    bad_request("CPU and memory allocation must be provided for all NUMA nodes")
}

/// `ImageNUMATopologyCPUOutOfRange`.
pub fn numa_cpu_out_of_range(cpu: u64, last: i64) -> Problem {
    bad_request(format!("CPU number {cpu} is larger than max {last}"))
}

/// `ImageNUMATopologyCPUDuplicates`.
pub fn numa_cpu_twice(cpu: u64) -> Problem {
    bad_request(format!("CPU number {cpu} is assigned to two nodes"))
}

/// `ImageNUMATopologyCPUsUnassigned`.
pub fn numa_cpus_unassigned(cpus: &str) -> Problem {
    bad_request(format!("CPU number {cpus} is not assigned to any node"))
}

/// `ImageNUMATopologyMemoryOutOfRange`.
pub fn numa_memory_out_of_range(total: i64, expected: i64) -> Problem {
    bad_request(format!("{total} MB of memory assigned, but expected {expected} MB"))
}

/// `PciRequestAliasNotDefined`.
pub fn pci_alias_not_defined(alias: &str) -> Problem {
    bad_request(format!("PCI alias {alias} is not defined"))
}
