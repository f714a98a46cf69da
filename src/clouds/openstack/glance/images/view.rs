//! The representation of an image (`ResponseSerializer` in glance/api/v2/images.py).

use super::Image;
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::Object;

/// The names of attributes, which hide properties of the same name.
const ATTRIBUTES: [&str; 27] = [
    "name",
    "disk_format",
    "container_format",
    "visibility",
    "size",
    "virtual_size",
    "status",
    "checksum",
    "protected",
    "min_ram",
    "min_disk",
    "owner",
    "os_hidden",
    "os_hash_algo",
    "os_hash_value",
    "id",
    "created_at",
    "updated_at",
    "locations",
    "tags",
    "self",
    "file",
    "schema",
    "stores",
    "os_glance_import_task",
    "os_glance_importing_to_stores",
    "os_glance_failed_import",
];

/// Writes the image.
pub fn image(o: &mut Object, image: &Image) {
    for (key, value) in image.properties.iter().filter(|(key, _)| !ATTRIBUTES.contains(&key.as_str())) {
        o.set(key, value);
    }
    if let Some(import) = &image.import {
        if let Some(task) = &import.task {
            o.set("os_glance_import_task", task);
        }
        o.set("os_glance_importing_to_stores", import.importing_to.join(","));
        o.set("os_glance_failed_import", import.failed_in.join(","));
    }
    o.set("name", &image.name);
    o.set("disk_format", &image.disk_format);
    o.set("container_format", &image.container_format);
    o.set("visibility", image.visibility);
    o.set("size", image.size);
    o.set("virtual_size", image.virtual_size);
    o.set("status", image.status.as_str());
    o.set("checksum", &image.checksum);
    o.set("protected", image.protected);
    o.set("min_ram", image.min_ram);
    o.set("min_disk", image.min_disk);
    o.set("owner", Some(&image.owner).filter(|owner| !owner.is_empty()));
    o.set("os_hidden", image.hidden);
    o.set("os_hash_algo", &image.hash_algo);
    o.set("os_hash_value", &image.hash);
    o.set("id", &image.id);
    o.set("created_at", SecondsZ(image.created));
    o.set("updated_at", SecondsZ(image.updated));
    o.set("locations", &image.locations);
    o.set("tags", &image.tags);
    o.set("self", format_args!("/v2/images/{}", image.id));
    o.set("file", format_args!("/v2/images/{}/file", image.id));
    o.set("schema", "/v2/schemas/image");
    let stores = image.stores();
    if !stores.is_empty() {
        o.set("stores", stores.join(","));
    }
}
