//! What services tell each other without knowing who listens.

use crate::engine::Id;

/// Something that happened in one service and changes what others do. Descriptors say who listens.
pub enum Event {
    /// Cinder has extended a volume.
    VolumeExtended { volume: Id },
}
