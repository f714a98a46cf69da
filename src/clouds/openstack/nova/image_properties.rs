//! The image properties that Nova reads, and the values that they may have (nova/objects/image_meta.py,
//! nova/objects/fields.py).

use super::{errors, guest_hardware};
use crate::clouds::openstack::python;
use crate::engine::Problem;
use serde_json::{Map, Value};

/// The values of a property.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    /// Any text; those that mean no truth are false.
    Flag,
    /// One of these words, as they are.
    Word(&'static [&'static str]),
    /// One of these words in any case, after old names were replaced.
    AnyCase(&'static [&'static str], &'static [(&'static str, &'static str)]),
    Architecture,
    Hypervisor,
    VmMode,
    /// `>=2.6,<3`
    Versions,
    /// Only ever a list, which an image property cannot be.
    List,
    /// Several properties with numbers in their names, and traits.
    Numbered,
}

use Kind::{AnyCase, Architecture, Flag, Hypervisor, List, Number, Numbered, Text, Versions, VmMode, Word};

const BUSES: Kind = Word(&["fdc", "ide", "sata", "scsi", "usb", "virtio", "xen", "lxc", "uml"]);

/// The properties in upstream's order, which decides which of several wrong ones is reported (`ImageMetaProps.fields`).
const PROPERTIES: &[(&str, Kind)] = &[
    ("hw_architecture", Architecture),
    ("hw_emulation_architecture", Architecture),
    ("hw_auto_disk_config", Text),
    ("hw_boot_menu", Flag),
    ("hw_cdrom_bus", BUSES),
    ("hw_cpu_cores", Number),
    ("hw_cpu_sockets", Number),
    ("hw_cpu_max_cores", Number),
    ("hw_cpu_max_sockets", Number),
    ("hw_cpu_max_threads", Number),
    ("hw_cpu_policy", Word(&["dedicated", "shared", "mixed"])),
    ("hw_cpu_thread_policy", Word(&["prefer", "isolate", "require"])),
    ("hw_cpu_realtime_mask", Text),
    ("hw_cpu_threads", Number),
    ("hw_device_id", Number),
    ("hw_disk_bus", BUSES),
    ("hw_disk_type", Text),
    ("hw_floppy_bus", BUSES),
    ("hw_firmware_type", Word(&["uefi", "bios"])),
    ("hw_firmware_stateless", Flag),
    ("hw_input_bus", Word(&["usb", "virtio"])),
    ("hw_ipxe_boot", Flag),
    ("hw_locked_memory", Flag),
    ("hw_machine_type", Text),
    ("hw_mem_encryption", Flag),
    ("hw_mem_encryption_model", Word(&["amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx"])),
    ("hw_mem_page_size", Text),
    ("hw_numa_nodes", Number),
    ("hw_numa_cpus", Numbered),
    ("hw_numa_mem", Numbered),
    ("hw_pci_numa_affinity_policy", Word(&["required", "legacy", "preferred", "socket"])),
    ("hw_pointer_model", Word(&["usbtablet"])),
    ("hw_pmu", Flag),
    ("hw_qemu_guest_agent", Flag),
    ("hw_rescue_bus", BUSES),
    ("hw_rescue_device", Word(&["cdrom", "disk", "floppy", "fs", "lun"])),
    ("hw_rng_model", Word(&["virtio"])),
    ("hw_time_hpet", Flag),
    ("hw_serial_port_count", Number),
    ("hw_scsi_model", SCSI),
    ("hw_video_model", Word(&["cirrus", "qxl", "vga", "vmvga", "xen", "virtio", "gop", "none", "bochs"])),
    ("hw_video_ram", Number),
    ("hw_vif_model", VIF),
    ("hw_viommu_model", Word(&["intel", "smmuv3", "virtio", "auto"])),
    ("hw_vm_mode", VmMode),
    ("hw_watchdog_action", Word(&["none", "pause", "poweroff", "reset", "disabled"])),
    ("hw_vif_multiqueue_enabled", Flag),
    ("hw_tpm_model", Word(&["tpm-tis", "tpm-crb"])),
    ("hw_tpm_version", Word(&["1.2", "2.0"])),
    ("hw_ephemeral_encryption", Flag),
    ("hw_ephemeral_encryption_format", Word(&["plain", "luks", "luksv2"])),
    ("hw_ephemeral_encryption_secret_uuid", Text),
    ("hw_virtio_packed_ring", Flag),
    ("hw_maxphysaddr_mode", Word(&["passthrough", "emulate"])),
    ("hw_maxphysaddr_bits", Number),
    ("hw_sound_model", Word(&["sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"])),
    ("hw_usb_model", Word(&["none", "nec-xhci", "qemu-xhci"])),
    ("hw_redirected_usb_ports", Number),
    ("img_bittorrent", Flag),
    ("img_bdm_v2", Flag),
    ("img_block_device_mapping", List),
    ("img_cache_in_nova", Flag),
    ("img_compression_level", Number),
    ("img_hv_requested_version", Versions),
    ("img_hv_type", Hypervisor),
    ("img_config_drive", Word(&["optional", "mandatory"])),
    ("img_linked_clone", Flag),
    ("img_mappings", List),
    ("img_owner_id", Text),
    ("img_root_device_name", Text),
    ("img_use_agent", Flag),
    ("img_version", Number),
    ("img_signature", Text),
    ("img_signature_hash_method", Word(&["SHA-224", "SHA-256", "SHA-384", "SHA-512"])),
    ("img_signature_certificate_uuid", Text),
    ("img_signature_key_type", SIGNATURE_KEYS),
    ("img_hide_hypervisor_id", Flag),
    ("os_admin_user", Text),
    ("os_command_line", Text),
    ("os_distro", Text),
    ("os_require_quiesce", Flag),
    ("os_secure_boot", Word(&["required", "disabled", "optional"])),
    ("os_skip_agent_inject_files_at_boot", Flag),
    ("os_skip_agent_inject_ssh", Flag),
    ("os_type", AnyCase(&["linux", "windows"], &[])),
    ("traits_required", Numbered),
];

const SCSI: Kind = AnyCase(
    &["buslogic", "ibmvscsi", "lsilogic", "lsisas1068", "lsisas1078", "virtio-scsi", "vmpvscsi"],
    &[("lsilogicsas", "lsisas1068"), ("paravirtual", "vmpvscsi")],
);

const VIF: Kind = AnyCase(
    &[
        "virtio",
        "ne2k_pci",
        "pcnet",
        "rtl8139",
        "e1000",
        "e1000e",
        "netfront",
        "spapr-vlan",
        "lan9118",
        "sriov",
        "vmxnet",
        "vmxnet3",
        "igb",
    ],
    &[
        ("virtuale1000", "e1000"),
        ("virtuale1000e", "e1000e"),
        ("virtualpcnet32", "pcnet"),
        ("virtualsriovethernetcard", "sriov"),
        ("virtualvmxnet", "vmxnet"),
        ("virtualvmxnet3", "vmxnet3"),
    ],
);

const SIGNATURE_KEYS: Kind = Word(&[
    "DSA",
    "ECC_SECP384R1",
    "ECC_SECP521R1",
    "ECC_SECT409K1",
    "ECC_SECT409R1",
    "ECC_SECT571K1",
    "ECC_SECT571R1",
    "RSA-PSS",
]);

/// Older names of properties (`_legacy_property_map`).
const OLDER_NAMES: &[(&str, &str)] = &[
    ("architecture", "hw_architecture"),
    ("owner_id", "img_owner_id"),
    ("vmware_disktype", "hw_disk_type"),
    ("vmware_image_version", "img_version"),
    ("vmware_ostype", "os_distro"),
    ("auto_disk_config", "hw_auto_disk_config"),
    ("ipxe_boot", "hw_ipxe_boot"),
    ("xenapi_device_id", "hw_device_id"),
    ("xenapi_image_compression_level", "img_compression_level"),
    ("vmware_linked_clone", "img_linked_clone"),
    ("xenapi_use_agent", "img_use_agent"),
    ("xenapi_skip_agent_inject_ssh", "os_skip_agent_inject_ssh"),
    ("xenapi_skip_agent_inject_files_at_boot", "os_skip_agent_inject_files_at_boot"),
    ("cache_in_nova", "img_cache_in_nova"),
    ("vm_mode", "hw_vm_mode"),
    ("bittorrent", "img_bittorrent"),
    ("mappings", "img_mappings"),
    ("block_device_mapping", "img_block_device_mapping"),
    ("bdm_v2", "img_bdm_v2"),
    ("root_device_name", "img_root_device_name"),
    ("hypervisor_version_requires", "img_hv_requested_version"),
    ("hypervisor_type", "img_hv_type"),
];

const ARCHITECTURES: &[&str] = &[
    "alpha",
    "armv6",
    "armv7l",
    "armv7b",
    "aarch64",
    "cris",
    "i686",
    "ia64",
    "lm32",
    "m68k",
    "microblaze",
    "microblazeel",
    "mips",
    "mipsel",
    "mips64",
    "mips64el",
    "openrisc",
    "parisc",
    "parisc64",
    "ppc",
    "ppcle",
    "ppc64",
    "ppc64le",
    "ppcemb",
    "s390",
    "s390x",
    "sh4",
    "sh4eb",
    "sparc",
    "sparc64",
    "unicore32",
    "x86_64",
    "xtensa",
    "xtensaeb",
];

const HYPERVISORS: &[&str] = &[
    "baremetal",
    "bhyve",
    "docker",
    "fake",
    "hyperv",
    "ironic",
    "kqemu",
    "kvm",
    "lxc",
    "lxd",
    "openvz",
    "parallels",
    "phyp",
    "qemu",
    "test",
    "uml",
    "vbox",
    "vz",
    "vmware",
    "xen",
    "zvm",
    "prsm",
];

/// True for the properties that Nova defines, by their names of today and before.
pub fn is_known(name: &str) -> bool {
    PROPERTIES.iter().any(|(known, _)| *known == name) || OLDER_NAMES.iter().any(|(known, _)| *known == name)
}

/// The architecture, the type of hypervisor and the mode that an image requires, in canonical form; `None` where it
/// does not say.
pub fn host_requirements(properties: &Map<String, Value>) -> [Option<String>; 3] {
    let of = |name: &str, older: &str, canonical: fn(&str) -> Option<String>| {
        let text = properties.get(name).or_else(|| properties.get(older))?.as_str()?;
        canonical(text)
    };
    [
        of("hw_architecture", "architecture", architecture),
        of("img_hv_type", "hypervisor_type", hypervisor),
        of("hw_vm_mode", "vm_mode", vm_mode),
    ]
}

/// Checks the values of all known properties (`ImageMeta.from_dict`). Errors: 400.
pub fn check(properties: &Map<String, Value>) -> Result<(), Problem> {
    let invalid = |reason: String| Err(errors::invalid_image_metadata(&reason));
    for (older, name) in OLDER_NAMES {
        // Lists are stored as JSON, which Nova's image client has already read.
        let value = properties.get(*older).filter(|_| !matches!(*older, "mappings" | "block_device_mapping"));
        if let Some(Err(reason)) = value.map(|value| check_one(name, &python::str(value))) {
            return invalid(reason);
        }
    }
    match properties.get("vmware_adaptertype").and_then(Value::as_str) {
        Some("" | "ide") | None => {}
        Some(other) => {
            if let Err(reason) = check_one("hw_scsi_model", other) {
                return invalid(reason);
            }
        }
    }
    for (name, _) in PROPERTIES {
        match *name {
            "hw_numa_cpus" => {
                check_numbered(properties, "hw_numa_cpus.", |text| guest_hardware::cpu_set(text).map(|_| ()))?
            }
            "hw_numa_mem" => check_numbered(properties, "hw_numa_mem.", |text| number(text).map(|_| ()))?,
            name => {
                if let Some(Err(reason)) = properties.get(name).map(|value| check_one(name, &python::str(value))) {
                    return invalid(reason);
                }
            }
        }
    }
    Ok(())
}

/// Checks `PREFIX0`, `PREFIX1`, … up to the first one that is missing.
fn check_numbered(
    properties: &Map<String, Value>,
    prefix: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<(), Problem> {
    let texts = (0..128).map_while(|node| properties.get(&format!("{prefix}{node}")));
    for text in texts {
        check(&python::str(text)).map_err(|reason| match prefix {
            // Upstream raises this error, a 400 of its own, while it reads the property.
            "hw_numa_cpus." => errors::bad_request(reason),
            _ => errors::invalid_image_metadata(&reason),
        })?;
    }
    Ok(())
}

/// Checks the value of one property. The error is upstream's.
fn check_one(name: &str, text: &str) -> Result<(), String> {
    let Some((_, kind)) = PROPERTIES.iter().find(|(known, _)| *known == name) else { return Ok(()) };
    let invalid = |value: &str| Err(format!("Field value {value} is invalid"));
    match kind {
        Text | Flag | Numbered => Ok(()),
        Number => number(text).map(|_| ()),
        Word(words) if words.contains(&text) => Ok(()),
        Word(_) => invalid(text),
        AnyCase(words, older) => {
            let lower = text.to_lowercase();
            let value = older.iter().find(|(old, _)| *old == lower).map_or(&*lower, |(_, new)| *new);
            if words.contains(&value) { Ok(()) } else { invalid(value) }
        }
        Architecture => {
            architecture(text).map(|_| ()).ok_or_else(|| format!("Architecture name '{text}' is not valid"))
        }
        Hypervisor => hypervisor(text).map(|_| ()).ok_or_else(|| format!("Hypervisor virt type '{text}' is not valid")),
        VmMode => vm_mode(text).map(|_| ()).ok_or_else(|| format!("Virtual machine mode '{text}' is not valid")),
        Versions if is_predicate(text) => Ok(()),
        Versions => Err(format!("Version {text} is not a valid predicate in field {name}")),
        List => Err(format!("A list is required in field {name}, not a str")),
    }
}

fn number(text: &str) -> Result<i64, String> {
    python::int(text).ok_or_else(|| format!("invalid literal for int() with base 10: {}", python::quoted(text)))
}

fn known(name: String, names: &[&str]) -> Option<String> {
    names.contains(&&*name).then_some(name)
}

/// `Architecture.canonicalize`
fn architecture(name: &str) -> Option<String> {
    let name = match &*name.to_lowercase() {
        "i386" | "i486" | "i586" | "x86_32" | "x86_32p" => "i686".to_owned(),
        "amd64" => "x86_64".to_owned(),
        other => other.to_owned(),
    };
    known(name, ARCHITECTURES)
}

/// `HVType.canonicalize`
fn hypervisor(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    known(if name == "xapi" { "xen".into() } else { name }, HYPERVISORS)
}

/// `VMMode.canonicalize`
fn vm_mode(name: &str) -> Option<String> {
    let name = match &*name.to_lowercase() {
        "pv" => "xen".to_owned(),
        "hv" | "baremetal" => "hvm".to_owned(),
        other => other.to_owned(),
    };
    known(name, &["hvm", "xen", "uml", "exe"])
}

/// True for comparisons with versions, joined by commas (`versionutils.VersionPredicate`).
fn is_predicate(text: &str) -> bool {
    text.split(',').all(|part| {
        let part = part.trim();
        let version = ["<=", ">=", "!=", "==", "<", ">"].iter().find_map(|sign| part.strip_prefix(sign));
        let version = version.unwrap_or_default().trim();
        !version.is_empty() && version.split('.').all(|number| number.parse::<u64>().is_ok())
    })
}

/// True if the hypervisor's version is one that the image accepts (`_compare_product_version`). Versions are numbers as
/// in `7002000` for 7.2.0.
pub fn accepts_version(properties: &Map<String, Value>, version: u64) -> bool {
    let predicate = ["img_hv_requested_version", "hypervisor_version_requires"];
    let Some(predicate) = predicate.iter().find_map(|name| properties.get(*name)?.as_str()) else { return true };
    let own = [version / 1_000_000, version / 1000 % 1000, version % 1000];
    predicate.split(',').map(str::trim).all(|part| {
        let number = part.trim_start_matches(['<', '>', '=', '!']);
        let sign = part.strip_suffix(number).unwrap_or_default();
        let mut wanted: Vec<u64> = number.trim().split('.').filter_map(|number| number.parse().ok()).collect();
        wanted.resize(3, 0);
        let order = own[..].cmp(&wanted[..]);
        match sign {
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "!=" => order.is_ne(),
            _ => order.is_eq(),
        }
    })
}
