//! An attachment as clients see it (cinder/api/v3/views/attachments.py).

use super::Attachment;
use crate::clouds::openstack::times::Micros;
use crate::engine::Object;
use chrono::{DateTime, Utc};

pub fn summary(o: &mut Object, attachment: &Attachment) {
    o.set("id", &attachment.id);
    o.set("status", attachment.status);
    o.set("instance", &attachment.instance);
    o.set("volume_id", &attachment.volume);
}

pub fn detail(o: &mut Object, attachment: &Attachment) {
    summary(o, attachment);
    time(o, "attached_at", attachment.attached);
    // What was detached is gone from the database.
    time(o, "detached_at", None);
    o.set("attach_mode", &attachment.mode);
    o.set("connection_info", &attachment.connection_info);
}

/// A time that has not come is shown as empty text.
fn time(o: &mut Object, key: &str, at: Option<DateTime<Utc>>) {
    match at {
        Some(at) => o.set(key, Micros(at)),
        None => o.set(key, ""),
    }
}
