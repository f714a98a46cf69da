//! An image as clients see it (glance/api/v2/images.py, `ResponseSerializer`).

use super::{Image, Status};
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::Object;

pub fn image(o: &mut Object, image: &Image) {
    o.set("name", &image.name);
    o.set("disk_format", &image.disk_format);
    o.set("container_format", &image.container_format);
    o.set("visibility", image.visibility);
    o.set("size", image.size);
    o.set("virtual_size", image.size);
    o.set("status", image.status.as_str());
    o.set("checksum", &image.checksum);
    o.set("protected", image.protected);
    o.set("min_ram", image.min_ram);
    o.set("min_disk", image.min_disk);
    o.set("owner", &image.owner);
    o.set("os_hidden", image.hidden);
    o.set("os_hash_algo", image.hash.as_ref().map(|_| "sha512"));
    o.set("os_hash_value", &image.hash);
    for (key, value) in &image.properties {
        o.set(key, value);
    }
    o.set("id", &image.id);
    o.set("created_at", SecondsZ(image.created));
    o.set("updated_at", SecondsZ(image.updated));
    o.set("tags", &image.tags);
    o.set("self", format_args!("/v2/images/{}", image.id));
    o.set("file", format_args!("/v2/images/{}/file", image.id));
    o.set("schema", "/v2/schemas/image");
    if image.status == Status::Active {
        o.set("stores", "fast");
    }
}
