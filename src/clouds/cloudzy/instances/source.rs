//! The source of an instance's disk: an operating system with or without an application, an ISO, or an image.

use super::size::Size;
use crate::clouds::cloudzy::catalogue::{applications, operating_systems};
use crate::clouds::cloudzy::{Cloudzy, accounts, downloads, errors, snapshots};
use crate::engine::{Call, Id, Problem};
use serde::{Deserialize, Serialize};

/// What the disk of an instance was made from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub os: Option<Id>,
    pub app: Option<Id>,
    pub iso: Option<Id>,
    /// A custom image.
    pub image: Option<Id>,
}

/// The fields of a request that select the source.
pub struct SourceRequest<'a> {
    pub os_id: Option<&'a str>,
    pub os_name: Option<&'a str>,
    pub app_id: Option<&'a str>,
    pub iso_id: Option<&'a str>,
    pub from_snapshot: Option<&'a str>,
}

impl Source {
    /// Finds the requested source, or the default operating system if none is requested. Refuses what is not
    /// available in the region or needs a larger size.
    pub fn resolve(
        cloud: &Cloudzy,
        call: &Call,
        request: &SourceRequest,
        region: &str,
        size: &Size,
    ) -> Result<Source, Problem> {
        let sources = [request.os_id, request.os_name, request.iso_id, request.from_snapshot];
        if sources.iter().flatten().count() > 1 {
            return Err(errors::one_source_only());
        }
        let source = if let Some(id) = request.from_snapshot {
            let snapshot = snapshots::ready(cloud, call, id, region)?;
            if size.disk_gb < snapshot.size_gb {
                return Err(errors::disk_is_too_small(snapshot.size_gb));
            }
            snapshot.metadata.source.clone()
        } else if let Some(id) = request.iso_id {
            let iso = downloads::iso::ready(cloud, call, id, region)?;
            Source { iso: Some(iso), ..Source::default() }
        } else if let Some(name) = request.os_name {
            Source { os: Some(operating_systems::named(cloud, name)?.id.clone()), ..Source::default() }
        } else if let Some(id) = request.os_id {
            Source::of_os_id(cloud, call, id, region)?
        } else {
            Source::default()
        };
        source.with_application(cloud, request.app_id)?.or_default_os(cloud)?.fits(cloud, size)
    }

    /// The source that `osId` names: an operating system or one of the customer's images, for which requests have no
    /// other field.
    pub fn of_os_id(cloud: &Cloudzy, call: &Call, id: &str, region: &str) -> Result<Source, Problem> {
        let own = cloud.images.get(id).filter(|image| accounts::reaches(cloud, call, &image.user));
        if own.is_some() {
            let image = downloads::images::ready(cloud, call, id, region)?;
            return Ok(Source { image: Some(image), ..Source::default() });
        }
        Ok(Source { os: Some(operating_systems::find(cloud, id)?.id.clone()), ..Source::default() })
    }

    /// Adds a one-click application, on an operating system that it can run on.
    fn with_application(mut self, cloud: &Cloudzy, app: Option<&str>) -> Result<Source, Problem> {
        let Some(app) = app else { return Ok(self) };
        let app = applications::find(cloud, app)?;
        let os = match &self.os {
            Some(os) => operating_systems::find(cloud, os)?,
            None if self != Source::default() => return Err(errors::os_is_not_for_the_application()),
            None => {
                let first = app.os_list.first().map(String::as_str).unwrap_or_default();
                operating_systems::named(cloud, first)?
            }
        };
        if !app.os_list.contains(&os.name) {
            return Err(errors::os_is_not_for_the_application());
        }
        self.os = Some(os.id.clone());
        self.app = Some(app.id.clone());
        Ok(self)
    }

    fn or_default_os(self, cloud: &Cloudzy) -> Result<Source, Problem> {
        if self != Source::default() {
            return Ok(self);
        }
        Ok(Source { os: Some(operating_systems::default_os(cloud)?.id.clone()), ..self })
    }

    /// Refuses an operating system that needs more memory than the size has.
    pub fn fits(self, cloud: &Cloudzy, size: &Size) -> Result<Source, Problem> {
        let os = self.os.as_ref().and_then(|os| cloud.operating_systems.get(os));
        match os.filter(|os| os.min_ram_mb > size.ram_mb) {
            Some(os) => Err(errors::ram_is_too_small(os.min_ram_mb)),
            None => Ok(self),
        }
    }
}
