//! Checks before a server is created: image and flavor match, quotas are not exceeded.

use super::super::{BlockDevice, Destination, Server, usage};
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
    pub disk_format: Option<String>,
    pub container_format: Option<String>,
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
            disk_format: image.disk_format.clone(),
            container_format: image.container_format.clone(),
            properties: image.properties.clone(),
        }
    }

    /// What a server has kept of its boot source (`get_image_from_system_metadata`).
    pub fn kept_by(server: &Server) -> Origin {
        let kept = &server.image_properties;
        let number = |name: &str| kept.get(name).and_then(Value::as_u64).unwrap_or(0);
        let text = |name: &str| kept.get(name).and_then(Value::as_str).map(str::to_owned);
        let fields = ["min_ram", "min_disk", "disk_format", "container_format"];
        let properties = kept.iter().filter(|(name, _)| !fields.contains(&name.as_str()));
        Origin {
            image: None,
            is_active: true,
            min_disk: number("min_disk"),
            min_ram: number("min_ram"),
            size: 0,
            disk_format: text("disk_format"),
            container_format: text("container_format"),
            properties: properties.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }

    /// True if the image requires a config drive.
    pub fn requires_config_drive(&self) -> bool {
        self.property("img_config_drive") == Some("mandatory")
    }

    /// What the server keeps of its image (`get_system_metadata_from_image`): the properties as texts, and the fields that
    /// images of the server inherit.
    pub fn into_system_metadata(self, flavor: &Flavor) -> Map<String, Value> {
        let skipped = ["mappings", "block_device_mapping", "img_mappings", "img_block_device_mapping"];
        let kept = self.properties.iter().filter(|(name, _)| !skipped.contains(&name.as_str()));
        let mut kept: Map<String, Value> =
            kept.map(|(name, value)| (name.clone(), truncated(python::str(value)).into())).collect();
        let root = u64::from(flavor.disk_gib);
        let is_vhd = self.disk_format.as_deref() == Some("vhd");
        kept.insert("min_ram".into(), self.min_ram.into());
        kept.insert("min_disk".into(), if is_vhd { root } else { self.min_disk.max(root) }.into());
        kept.extend(self.disk_format.map(|format| ("disk_format".to_owned(), format.into())));
        kept.extend(self.container_format.map(|format| ("container_format".to_owned(), format.into())));
        kept
    }
}

/// `safe_truncate(value, 255)`: at most 255 bytes, which end with a whole letter.
fn truncated(mut text: String) -> String {
    const LONGEST: usize = 255;
    let end = (0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
    text
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
