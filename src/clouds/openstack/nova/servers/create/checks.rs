//! Checks before a server is created: image and flavor match, quotas are not exceeded.

use super::super::{BlockDevice, Destination, usage};
use super::request::File;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance::images::{self, Image, Status};
use crate::clouds::openstack::nova::flavors::Flavor;
use crate::clouds::openstack::nova::policy::POLICY;
use crate::clouds::openstack::nova::{errors, quotas};
use crate::clouds::openstack::python;
use crate::engine::{Call, Id, Problem};
use serde_json::{Map, Value};

/// What upstream knows about the boot source: an image, or the image data that a volume has kept.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Not set for a volume.
    pub image: Option<Id>,
    pub is_active: bool,
    /// In GiB.
    pub min_disk: u64,
    /// In MiB.
    pub min_ram: u64,
    /// In bytes.
    pub size: u64,
    pub properties: Map<String, Value>,
}

impl Origin {
    /// The boot source for an image.
    pub fn of_image(image: &Image) -> Origin {
        Origin {
            image: Some(image.id.clone()),
            is_active: image.status == Status::Active,
            min_disk: u64::from(image.min_disk),
            min_ram: u64::from(image.min_ram),
            size: image.size.unwrap_or(0),
            properties: image.properties.clone(),
        }
    }

    fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }

    /// True if the image requires a config drive.
    pub fn requires_config_drive(&self) -> bool {
        self.property("img_config_drive") == Some("mandatory")
    }

    /// The properties that the server inherits.
    pub fn into_inherited_properties(self) -> Map<String, Value> {
        inherited_properties(self.properties)
    }
}

/// The image properties without those that servers do not inherit (`non_inheritable_image_properties`).
pub fn inherited_properties(mut properties: Map<String, Value>) -> Map<String, Value> {
    for name in ["bittorrent", "img_signature_hash_method", "img_signature", "img_signature_key_type"] {
        properties.shift_remove(name);
    }
    for name in ["block_device_mapping", "bdm_v2", "mappings", "img_signature_certificate_uuid", "cache_in_nova"] {
        properties.shift_remove(name);
    }
    properties
}

/// The requested image. Errors: 400.
pub fn image<'o>(call: &Call, os: &'o OpenStack, id: Option<&str>) -> Result<Option<&'o Image>, Problem> {
    let find = |id| images::find(call, os, id).map_err(|_| errors::image_not_found());
    id.map(find).transpose()
}

/// Checks states and sizes of image, flavor and root device (`_validate_flavor_image`). Errors: 400 and 403.
pub fn fits_flavor(call: &Call, origin: &Origin, flavor: &Flavor, root: Option<&BlockDevice>) -> Result<(), Problem> {
    const GIB: u64 = 1 << 30;
    if let Some(id) = &origin.image {
        if origin.property("cinder_encryption_key_id").is_some_and(|key| !key.is_empty()) {
            return Err(errors::image_of_encrypted_volume(id));
        }
        if !origin.is_active {
            return Err(errors::image_not_active(id));
        }
    }
    if let Some(option) = origin.property("img_config_drive").filter(|one| !matches!(*one, "optional" | "mandatory")) {
        return Err(errors::invalid_image_config_drive(option));
    }
    if u64::from(flavor.ram_mib) < origin.min_ram {
        return Err(errors::flavor_memory_too_small());
    }
    let min_disk = origin.min_disk * GIB;
    if let Some(root) = root.filter(|root| root.destination == Destination::Volume) {
        let size = root.size_gib.map(|size| u64::from(size) * GIB);
        return match size.filter(|size| min_disk > *size) {
            Some(size) => Err(errors::volume_smaller_than_min_disk(size, min_disk)),
            None => Ok(()),
        };
    }
    let size = u64::from(flavor.disk_gib) * GIB;
    if size == 0 {
        let own = [("project_id", &*call.project())];
        let is_allowed = POLICY.allows(call, "os_compute_api:servers:create:zero_disk_flavor", &own);
        return if is_allowed { Ok(()) } else { Err(errors::zero_disk_flavor()) };
    }
    if origin.size > size {
        return Err(errors::flavor_disk_smaller_than_image(size, origin.size));
    }
    if min_disk > size {
        return Err(errors::flavor_disk_smaller_than_min_disk(size, min_disk));
    }
    Ok(())
}

/// Checks the number of metadata items against the quota. Errors: 403.
pub fn metadata(os: &OpenStack, call: &Call, count: usize) -> Result<(), Problem> {
    if count == 0 {
        return Ok(());
    }
    let allowed = quotas::limit(os, &call.project(), "metadata_items");
    if allowed >= 0 && i64::try_from(count).unwrap_or(i64::MAX) > allowed {
        return Err(errors::too_much_metadata(allowed));
    }
    Ok(())
}

/// Checks injected files against the quotas (`_check_injected_file_quota`). Errors: 403.
pub fn files(os: &OpenStack, call: &Call, files: &[File]) -> Result<(), Problem> {
    if files.is_empty() {
        return Ok(());
    }
    let limit = |name| quotas::limit(os, &call.project(), name);
    let above = |count: usize, allowed: i64| allowed >= 0 && i64::try_from(count).unwrap_or(i64::MAX) > allowed;
    if above(files.len(), limit("injected_files")) {
        return Err(errors::too_many_files());
    }
    let (longest, largest) = (limit("injected_file_path_bytes"), limit("injected_file_content_bytes"));
    for file in files {
        if above(file.path.as_ref().map_or(0, String::len), longest) {
            return Err(errors::file_path_too_long(longest));
        }
        let contents = file.contents.as_deref().and_then(python::b64decode).unwrap_or_default();
        if above(contents.len(), largest) {
            return Err(errors::file_too_large(largest));
        }
    }
    Ok(())
}

/// How many of the requested servers the quotas allow (`check_num_instances_quota`). Errors: 403 if that is less than
/// `min_count`.
pub fn count_within_quota(
    os: &OpenStack,
    call: &Call,
    flavor: &Flavor,
    min_count: i64,
    max_count: i64,
) -> Result<i64, Problem> {
    let used = usage::of(os, &call.project());
    let each = [
        ("cores", i64::from(flavor.vcpus), used.cores),
        ("instances", 1, used.instances),
        ("ram", i64::from(flavor.ram_mib), used.ram_mib),
    ];
    let mut count = max_count;
    // Name, requested amount, usage, limit, and the number of servers that still fit.
    let mut exceeded = vec![];
    for (name, size, used) in each {
        let allowed = quotas::limit(os, &call.project(), name);
        if allowed < 0 || size == 0 {
            continue;
        }
        let room = (allowed - used).max(0) / size;
        count = count.min(room);
        if room < max_count {
            exceeded.push((name, size * min_count, used, allowed, room));
        }
    }
    if count >= min_count {
        return Ok(count);
    }
    exceeded.retain(|(.., room)| *room < min_count);
    let list = |texts: Vec<String>| texts.join(", ");
    let names = list(exceeded.iter().map(|(name, ..)| (*name).to_owned()).collect());
    let requested = list(exceeded.iter().map(|(_, requested, ..)| requested.to_string()).collect());
    let used = list(exceeded.iter().map(|(_, _, used, ..)| used.to_string()).collect());
    let allowed = list(exceeded.iter().map(|(_, _, _, allowed, _)| allowed.to_string()).collect());
    Err(errors::too_many_instances(&names, &requested, &used, &allowed))
}
