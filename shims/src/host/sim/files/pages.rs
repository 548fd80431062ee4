//! The content of a file: pages of what was written, and zeros between them.

use std::collections::BTreeMap;

/// Bytes of a page, at most.
const PAGE_BYTES: usize = 4 << 10;
const PAGE_LEN: u64 = PAGE_BYTES as u64;

/// Bytes of a file, at most: what ext4 takes with blocks of 4 KiB.
pub(super) const MAX_FILE_BYTES: u64 = u32::MAX as u64 * (4 << 10);

/// A file of up to [`MAX_FILE_BYTES`], which takes as much memory as was written to it.
#[derive(Debug, Default)]
pub(super) struct Pages {
    size: u64,
    /// By their number. A page ends with the last byte that was written to it, and zeros follow.
    pages: BTreeMap<u64, Vec<u8>>,
}

/// What a write came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Bytes that were taken.
    pub(super) count: usize,
    /// Bytes that are stored for them and were not before.
    pub(super) grown_bytes: u64,
}

impl Pages {
    /// The size of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that are stored for the file.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.pages.values().map(|page| page.len() as u64).sum()
    }

    /// Up to `len` bytes at `offset`, fewer at the end of the file.
    pub(super) fn read(&self, len: usize, offset: u64) -> Vec<u8> {
        let rest = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len.min(rest)];
        let end = offset.saturating_add(bytes.len() as u64);
        for (number, page) in self.pages.range(offset / PAGE_LEN..end.div_ceil(PAGE_LEN)) {
            let page_offset = number * PAGE_LEN;
            // Where the page begins in what is read, and where what is read begins in the page; one of them is 0.
            let into_bytes = distance(offset, page_offset);
            let into_page = distance(page_offset, offset);
            let to = bytes.get_mut(into_bytes..).unwrap_or_default();
            let from = page.get(into_page..).unwrap_or_default();
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        bytes
    }

    /// Writes `bytes` at `offset`, fewer if more than `space_bytes` would have to be stored or the file would be too large.
    pub(super) fn write(&mut self, bytes: &[u8], offset: u64, space_bytes: u64) -> Written {
        let mut written = Written::default();
        while let Some(rest) = bytes.get(written.count..).filter(|rest| !rest.is_empty()) {
            let position = offset + written.count as u64;
            let more = self.write_to_page(rest, position, space_bytes - written.grown_bytes);
            if more.count == 0 {
                break;
            }
            written.count += more.count;
            written.grown_bytes += more.grown_bytes;
        }
        if written.count > 0 {
            self.size = self.size.max(offset + written.count as u64);
        }
        written
    }

    /// Writes as many of `bytes` as the page at `offset` takes.
    fn write_to_page(&mut self, bytes: &[u8], offset: u64, space_bytes: u64) -> Written {
        let number = offset / PAGE_LEN;
        let start = distance(number * PAGE_LEN, offset);
        let old_len = self.pages.get(&number).map_or(0, Vec::len);
        let limit = old_len.saturating_add(usize::try_from(space_bytes).unwrap_or(usize::MAX)).min(PAGE_BYTES);
        let until_max = usize::try_from(MAX_FILE_BYTES.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = bytes.len().min(limit.saturating_sub(start)).min(until_max);
        if count == 0 {
            return Written::default();
        }
        let page = self.pages.entry(number).or_default();
        page.resize(old_len.max(start + count), 0);
        page.iter_mut().skip(start).zip(bytes).for_each(|(to, from)| *to = *from);
        Written { count, grown_bytes: (page.len() - old_len) as u64 }
    }

    /// Cuts the file, or lengthens it by zeros; how many bytes are no longer stored.
    pub(super) fn set_size(&mut self, size: u64) -> u64 {
        self.size = size;
        let number = size / PAGE_LEN;
        let cut = self.pages.split_off(&number);
        let mut freed_bytes = 0;
        for (cut_number, mut page) in cut {
            let kept = if cut_number == number { distance(number * PAGE_LEN, size).min(page.len()) } else { 0 };
            freed_bytes += (page.len() - kept) as u64;
            page.truncate(kept);
            if kept > 0 {
                self.pages.insert(cut_number, page);
            }
        }
        freed_bytes
    }
}

/// How far `to` is behind `from`, 0 if it is before.
fn distance(from: u64, to: u64) -> usize {
    usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDLESS: u64 = u64::MAX;

    #[test]
    fn what_was_written_is_read_across_pages_and_gaps() {
        // Where something is written, and where it is read; each over the borders of pages, or not.
        let places = [0, 1, 4095, 4096, 4097, 12_288, 1 << 40];
        let lens = [1, 2, 4095, 4096, 4097, 10_000];
        for (at, len) in places.iter().flat_map(|at| lens.map(|len| (*at, len))) {
            let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8 + 1).collect();
            let mut pages = Pages::default();
            let written = pages.write(&bytes, at, ENDLESS);
            assert_eq!(written.count, len);
            assert_eq!(written.grown_bytes, pages.stored_bytes());
            assert!(pages.stored_bytes() < len as u64 + PAGE_LEN, "{at} {len}");
            assert_eq!(pages.size(), at + len as u64);
            assert_eq!(pages.read(len + 1, at), bytes);
            let before = usize::try_from(at.min(5000)).unwrap();
            let mut expected = vec![0; before];
            expected.extend(&bytes);
            assert_eq!(pages.read(usize::MAX, at - before as u64), expected);
        }
    }

    #[test]
    fn a_random_history_reads_as_a_plain_vector_does() {
        let (mut pages, mut model, mut stored, mut seed) = (Pages::default(), Vec::new(), 0, 1_u64);
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..2_000 {
            let offset = random(30_000);
            let at = usize::try_from(offset).unwrap();
            match random(3) {
                0 => {
                    let bytes = vec![random(256) as u8; random(9_000) as usize];
                    let written = pages.write(&bytes, offset, ENDLESS);
                    assert_eq!(written.count, bytes.len());
                    stored += written.grown_bytes;
                    if !bytes.is_empty() {
                        model.resize(model.len().max(at + bytes.len()), 0);
                        model[at..at + bytes.len()].copy_from_slice(&bytes);
                    }
                }
                1 => {
                    stored -= pages.set_size(offset);
                    model.resize(at, 0);
                }
                _ => {
                    let len = random(20_000) as usize;
                    let start = at.min(model.len());
                    assert_eq!(pages.read(len, offset), model[start..(start + len).min(model.len())]);
                }
            }
            assert_eq!(pages.size(), model.len() as u64);
            assert_eq!(pages.stored_bytes(), stored);
        }
    }

    #[test]
    fn no_more_is_stored_than_there_is_space() {
        let mut pages = Pages::default();
        assert_eq!(pages.write(&[1; 10], 0, 4), Written { count: 4, grown_bytes: 4 });
        assert_eq!(pages.write(&[2; 10], 2, 0), Written { count: 2, grown_bytes: 0 });
        assert_eq!(pages.write(&[2; 10], 4, 0), Written::default());
        assert_eq!(pages.write(&[2; 10], 1 << 20, 0), Written::default());
        assert_eq!(pages.read(99, 0), [1, 1, 2, 2]);
        assert_eq!(pages.write(&[3; 9_000], 4, 8_000), Written { count: 8_000, grown_bytes: 8_000 });
    }

    #[test]
    fn a_file_ends_at_its_largest_size() {
        let mut pages = Pages::default();
        assert_eq!(pages.write(&[1; 10], MAX_FILE_BYTES - 3, ENDLESS).count, 3);
        assert_eq!(pages.write(&[1; 10], MAX_FILE_BYTES, ENDLESS).count, 0);
        assert_eq!(pages.size(), MAX_FILE_BYTES);
        assert_eq!(pages.read(usize::MAX, MAX_FILE_BYTES - 4), [0, 1, 1, 1]);
    }
}
