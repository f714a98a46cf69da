//! How much memory and disk the old rows of a change keep alive: an estimate, for the bound of the history.

use super::{Row, Table};
use std::io::{self, Write};
use std::mem::size_of;

/// What a row takes up beside its own fields: its place in the tables of an undo, and the allocator's rounding.
const OVERHEAD: u64 = 200;

/// One changed row in this many is measured. It costs as much as saving the row.
const SAMPLE: u32 = 16;

/// The estimated length of the texts and lists of a row.
#[derive(Clone, Copy, Default)]
pub(super) struct HeapEstimate {
    bytes: u64,
    rows: u32,
}

impl<T: Row> Table<T> {
    /// Estimates the bytes that the undo entries of the current change keep alive. A content counts if the row does not have
    /// it any more.
    pub(super) fn size_undo(&mut self) {
        for at in 0..self.undo.len() {
            let Some(entry) = self.undo.get(at) else { return };
            let row = entry.was.as_ref().and_then(|was| was.downcast_ref::<T>());
            let Some(row) = row else { continue };
            let contents = self.lost_contents(row, entry.age);
            self.heap.measure(row);
            let bytes = size_of::<T>() as u64 + OVERHEAD + self.heap.bytes + contents;
            if let Some(entry) = self.undo.get_mut(at) {
                entry.bytes = bytes;
            }
        }
    }

    /// The bytes of the contents of an old row that the row at this age does not share.
    fn lost_contents(&self, old: &T, age: u64) -> u64 {
        let mut lost = 0;
        old.contents(&mut |content| {
            let mut is_shared = false;
            if let Some(row) = self.row(age) {
                row.contents(&mut |other| is_shared |= other.is_same(content));
            }
            lost += if is_shared { 0 } else { content.len() };
        });
        lost
    }
}

impl HeapEstimate {
    /// Rows with contents are not measured, because saving them compresses the contents.
    fn measure<T: Row>(&mut self, row: &T) {
        self.rows = self.rows.wrapping_add(1);
        if self.rows % SAMPLE != 1 {
            return;
        }
        let mut has_contents = false;
        row.contents(&mut |_| has_contents = true);
        let mut length = Length(0);
        if !has_contents && serde_json::to_writer(&mut length, row).is_ok() {
            // Large rows are forgotten slowly.
            self.bytes = length.0.max(self.bytes / 8 * 7);
        }
    }
}

/// Counts the bytes that are written to it.
struct Length(u64);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
