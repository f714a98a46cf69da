//! Events that services send to each other without knowing the listeners.

use crate::engine::Id;

/// A change in one service that others react to. The descriptors name the listeners.
pub enum Event {
    /// Cinder has extended a volume.
    VolumeExtended { volume: Id },
}
