//! The JSON representations of an attachment (cinder/api/v3/views/attachments.py).

use super::Attachment;
use crate::clouds::openstack::times::Micros;
use crate::engine::Object;
use chrono::{DateTime, Utc};

/// An attachment in `GET /attachments`.
pub fn summary(o: &mut Object, attachment: &Attachment) {
    o.set("id", &attachment.id);
    o.set("status", attachment.status);
    o.set("instance", &attachment.instance);
    o.set("volume_id", &attachment.volume);
}

/// An attachment with all fields.
pub fn detail(o: &mut Object, attachment: &Attachment) {
    summary(o, attachment);
    time(o, "attached_at", attachment.attached);
    // Ended attachments are deleted.
    time(o, "detached_at", None);
    o.set("attach_mode", &attachment.mode);
    o.set("connection_info", &attachment.connection_info);
}

/// An absent time is shown as an empty string.
fn time(o: &mut Object, key: &str, at: Option<DateTime<Utc>>) {
    match at {
        Some(at) => o.set(key, Micros(at)),
        None => o.set(key, ""),
    }
}
