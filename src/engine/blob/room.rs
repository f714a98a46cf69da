//! How much all contents of the process may take up, and why a content is not stored.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU64, Ordering};

/// The room for contents. It is the process's, not a world's, because it is about the disk of the machine: worlds,
/// snapshots and histories share contents.
#[derive(Debug)]
pub struct BlobRoom {
    /// Bytes of all contents that are stored or being written.
    used: AtomicU64,
    /// The maximum of `used`.
    most: AtomicU64,
    /// The largest single content in bytes.
    largest: AtomicU64,
}

static ROOM: BlobRoom = BlobRoom::new(BlobRoom::DEFAULT_MOST, BlobRoom::DEFAULT_LARGEST);

/// Why a content was not stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unstored {
    /// It is larger than the maximum of a single content, in bytes.
    TooLarge(u64),
    /// The room for all contents is used up, or the disk is full.
    NoRoom,
    /// The folder for temporary files is missing or not writable, or the disk is broken.
    Failed,
}

impl BlobRoom {
    /// All contents together: 8 GiB.
    pub const DEFAULT_MOST: u64 = 8 << 30;
    /// A single content: 6 GiB.
    pub const DEFAULT_LARGEST: u64 = 6 << 30;

    pub const fn new(most: u64, largest: u64) -> Self {
        BlobRoom { used: AtomicU64::new(0), most: AtomicU64::new(most), largest: AtomicU64::new(largest) }
    }

    /// The room of this process.
    pub fn of_process() -> &'static BlobRoom {
        &ROOM
    }

    /// Changes the maximum of all contents and that of a single one, in bytes. What is stored already stays.
    pub fn limit(&self, most: u64, largest: u64) {
        self.most.store(most, Ordering::Relaxed);
        self.largest.store(largest, Ordering::Relaxed);
    }

    /// The bytes of all contents that are stored or being written.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: u64) -> Result<(), Unstored> {
        let most = self.most.load(Ordering::Relaxed);
        let more = |used: u64| used.checked_add(bytes).filter(|used| *used <= most);
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(|_| ()).map_err(|_| Unstored::NoRoom)
    }
}

/// The bytes of one content, which are given back when it is freed.
#[derive(Debug)]
pub(super) struct Charge {
    room: &'static BlobRoom,
    bytes: u64,
}

impl Charge {
    pub fn on(room: &'static BlobRoom) -> Self {
        Charge { room, bytes: 0 }
    }

    pub fn add(&mut self, bytes: u64) -> Result<(), Unstored> {
        let largest = self.room.largest.load(Ordering::Relaxed);
        if self.bytes.saturating_add(bytes) > largest {
            return Err(Unstored::TooLarge(largest));
        }
        self.room.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The reason as a sentence, without paths of this machine.
impl std::fmt::Display for Unstored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unstored::TooLarge(largest) => write!(f, "the content is larger than {largest} bytes"),
            Unstored::NoRoom => f.write_str("there is no room left for the content"),
            Unstored::Failed => f.write_str("the content cannot be written"),
        }
    }
}

impl std::error::Error for Unstored {}

/// The error that [`BlobWriter`](super::BlobWriter) returns.
impl From<Unstored> for io::Error {
    fn from(reason: Unstored) -> Self {
        let kind = match reason {
            Unstored::TooLarge(_) => ErrorKind::FileTooLarge,
            Unstored::NoRoom => ErrorKind::StorageFull,
            Unstored::Failed => ErrorKind::Other,
        };
        io::Error::new(kind, reason)
    }
}

/// An error of [`BlobWriter`](super::BlobWriter), or of a disk.
impl From<io::Error> for Unstored {
    fn from(error: io::Error) -> Self {
        let known = error.get_ref().and_then(|inner| inner.downcast_ref::<Unstored>());
        known.copied().unwrap_or(match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Unstored::NoRoom,
            _ => Unstored::Failed,
        })
    }
}
