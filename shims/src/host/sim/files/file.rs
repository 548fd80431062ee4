//! Files.

use super::{open::Open, pages::MAX_FILE_BYTES, tree::Tree};
use crate::{
    filesystem::{Advice, ErrorCode, NewTimestamp},
    host::{File, Metadata, Times},
    io::streams::MAX_READ_BYTES,
};

/// The last offset that the system calls of Linux have a number for.
const MAX_OFFSET: u64 = i64::MAX.cast_unsigned();

/// An open file. It stays the same one whatever becomes of its names.
pub(super) struct SimFile {
    open: Open,
}

impl SimFile {
    pub(super) fn new(open: Open) -> Self {
        SimFile { open }
    }

    /// Writes at the offset that `position` finds.
    fn write_at(&self, bytes: &[u8], position: impl FnOnce(u64) -> u64) -> Result<usize, ErrorCode> {
        self.open.change(|tree, this, now| {
            let offset = position(tree.file(this)?.size());
            check_range(offset, bytes.len())?;
            if bytes.is_empty() {
                return Ok(0);
            }
            if offset >= MAX_FILE_BYTES {
                return Err(ErrorCode::FileTooLarge);
            }
            match tree.write(this, bytes, offset, now)? {
                0 => Err(ErrorCode::InsufficientSpace),
                count => Ok(count),
            }
        })
    }
}

impl File for SimFile {
    fn read(&self, len: usize, offset: u64) -> Result<Vec<u8>, ErrorCode> {
        // What no file reaches is behind its end: no offset is invalid here, though Linux calls some so.
        self.open.with(|tree, this| Ok(tree.file(this)?.read(len.min(MAX_READ_BYTES), offset)))
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<usize, ErrorCode> {
        self.write_at(bytes, |_| offset)
    }

    fn append(&self, bytes: &[u8]) -> Result<usize, ErrorCode> {
        self.write_at(bytes, |end| end)
    }

    fn set_size(&self, size: u64) -> Result<(), ErrorCode> {
        check_range(size, 0)?;
        if size > MAX_FILE_BYTES {
            return Err(ErrorCode::FileTooLarge);
        }
        self.open.change(|tree, this, now| tree.set_size(this, size, now))
    }

    fn metadata(&self) -> Result<Metadata, ErrorCode> {
        self.open.with(Tree::metadata)
    }

    fn set_times(&self, times: Times) -> Result<(), ErrorCode> {
        check_times(times)?;
        self.open.change(|tree, this, now| tree.set_times(this, times, now))
    }

    fn advise(&self, _offset: u64, len: u64, _advice: Advice) -> Result<(), ErrorCode> {
        // Linux looks at the length only.
        check_range(len, 0)
    }

    fn sync(&self, _data_only: bool) -> Result<(), ErrorCode> {
        Ok(())
    }
}

/// Whether the range ends at an offset that there is.
fn check_range(offset: u64, len: usize) -> Result<(), ErrorCode> {
    match offset.checked_add(len as u64) {
        Some(end) if end <= MAX_OFFSET => Ok(()),
        _ => Err(ErrorCode::Invalid),
    }
}

/// Whether there are such times.
pub(super) fn check_times(times: Times) -> Result<(), ErrorCode> {
    for time in [times.accessed, times.modified] {
        if let NewTimestamp::Timestamp(time) = time {
            time.since_epoch().ok_or(ErrorCode::Invalid)?;
            i64::try_from(time.seconds).map_err(|_| ErrorCode::Overflow)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        clocks::wall_clock::Datetime,
        host::{
            Files, OpenOptions, Opened,
            sim::{
                SimFiles,
                files::script::{check, check_on},
            },
        },
    };

    fn create(files: &SimFiles) -> Arc<dyn File> {
        let options = OpenOptions { create: true, write: true, ..OpenOptions::default() };
        match files.open_directory("/").unwrap().open("f", options).unwrap() {
            Opened::File(file) => file,
            Opened::Dir(_) => panic!("a folder was made"),
        }
    }

    #[test]
    fn bytes_are_read_where_they_were_written() {
        check(
            "
            open f f create read write = file of 0
            read f 9 0 = \"\"
            write f abc 2 = 3
            read f 9 0 = \"\\0\\0abc\"
            read f 2 3 = \"bc\"
            read f 9 5 = \"\"
            read f 9 18446744073709551615 = \"\"
            append f de = 2
            resize f 6 = ok
            append f f = 1
            read f 9 3 = \"bcdf\"
            resize f 1 = ok
            resize f 3 = ok
            read f 9 0 = \"\\0\\0\\0\"
            ",
        );
    }

    #[test]
    fn a_file_without_a_name_is_still_a_file() {
        check(
            "
            open f f create read write = file of 0
            write f abc 0 = 3
            unlink f = ok
            about f = regular-file of 3, 0 links
            open g f create = file of 0
            append f d = 1
            read f 9 0 = \"abcd\"
            about g = regular-file of 0, 1 links
            put h 12 = 2
            rename h f = ok
            about g = regular-file of 0, 0 links
            write g x 0 = 1
            stat f = regular-file of 2, 1 links
            ",
        );
    }

    #[test]
    fn offsets_and_sizes_have_limits() {
        let file = create(&SimFiles::new(Datetime::default));
        let far = 1 << 40;
        let cases = [
            (far, Ok(2), Ok(())),
            (MAX_FILE_BYTES - 2, Ok(2), Ok(())),
            (MAX_FILE_BYTES - 1, Ok(1), Ok(())),
            (MAX_FILE_BYTES, Err(ErrorCode::FileTooLarge), Ok(())),
            (MAX_FILE_BYTES + 1, Err(ErrorCode::FileTooLarge), Err(ErrorCode::FileTooLarge)),
            (MAX_OFFSET - 2, Err(ErrorCode::FileTooLarge), Err(ErrorCode::FileTooLarge)),
            (MAX_OFFSET - 1, Err(ErrorCode::Invalid), Err(ErrorCode::FileTooLarge)),
            (MAX_OFFSET, Err(ErrorCode::Invalid), Err(ErrorCode::FileTooLarge)),
            (MAX_OFFSET + 1, Err(ErrorCode::Invalid), Err(ErrorCode::Invalid)),
            (u64::MAX, Err(ErrorCode::Invalid), Err(ErrorCode::Invalid)),
        ];
        for (offset, written, resized) in cases {
            assert_eq!(file.write(b"ab", offset), written, "{offset}");
            assert_eq!(file.set_size(offset), resized, "{offset}");
            assert_eq!(file.write(b"", offset).is_ok(), offset <= MAX_OFFSET, "{offset}");
        }
        assert_eq!(file.metadata().unwrap().stat.size, MAX_FILE_BYTES);
        assert_eq!(file.write(b"ab", far), Ok(2));
        assert_eq!(file.append(b"a"), Err(ErrorCode::FileTooLarge));
        assert_eq!(file.append(b""), Ok(0));
        assert_eq!(file.read(4, far).as_deref(), Ok(&b"ab\0\0"[..]));
        assert_eq!(file.read(usize::MAX, 0).map(|bytes| bytes.len()), Ok(MAX_READ_BYTES));
    }

    #[test]
    fn a_full_disk_takes_what_there_is_space_for() {
        let files = SimFiles::new(Datetime::default).with_capacity(8);
        check_on(
            &files,
            "
            open f f create read write = file of 0
            write f 12345 0 = 5
            open g g create write = file of 0
            append g abcde = 3
            append g abcde = insufficient-space
            append f 6 = insufficient-space
            write f 00 0 = 2
            write f 0066 3 = 2
            read f 9 0 = \"00300\"
            resize f 1000000 = ok
            resize f 4 = ok
            append g d = 1
            unlink f = ok
            append g e = insufficient-space
            close f = ok
            append g e = 1
            ",
        );
        files.write("/more", "than there is space for");
        assert_eq!(files.read("/more").as_deref(), Some(&b"than there is space for"[..]));
        check_on(&files, "put h 1 = insufficient-space");
        files.remove("/more");
        check_on(&files, "put h 123456 = 3");
    }

    #[test]
    fn a_full_disk_has_no_nodes_left() {
        let files = SimFiles::new(Datetime::default).with_max_nodes(4);
        // One is the folder that the script is played in.
        check_on(
            &files,
            "
            mkdir d = ok
            symlink x l = ok
            open f f create write = file of 0
            open f f create = file of 0
            open g g create = insufficient-space
            open l l create = insufficient-space
            mkdir e = insufficient-space
            symlink x m = insufficient-space
            link f g = insufficient-space
            mkdir d = exist
            link f d = exist
            append f abc = 3
            rename d e = ok
            rename f l = ok
            link l f = ok
            link l g = insufficient-space
            unlink l = ok
            mkdir d = ok
            unlink f = ok
            mkdir f = insufficient-space
            close f = ok
            mkdir f = ok
            ",
        );
        files.write("/more/than/there/is", "space for");
        check_on(&files, "rmdir f = ok\nmkdir f = insufficient-space");
        files.remove("/more");
        check_on(&files, "mkdir f = ok");
    }

    #[test]
    fn advice_is_not_taken_and_its_length_is_looked_at() {
        let file = create(&SimFiles::new(Datetime::default));
        for (offset, len, answer) in
            [(0, 0, Ok(())), (u64::MAX, MAX_OFFSET, Ok(())), (0, MAX_OFFSET + 1, Err(ErrorCode::Invalid))]
        {
            assert_eq!(file.advise(offset, len, Advice::WillNeed), answer);
        }
        assert_eq!((file.sync(true), file.sync(false)), (Ok(()), Ok(())));
    }

    #[test]
    fn writing_leaves_its_time_and_reading_does_not() {
        let seconds = Arc::new(std::sync::atomic::AtomicU64::new(1));
        let clock = seconds.clone();
        let now = move || Datetime { seconds: clock.load(std::sync::atomic::Ordering::Relaxed), nanoseconds: 0 };
        let file = create(&SimFiles::new(now));
        let times = || {
            let stat = file.metadata().unwrap().stat;
            [stat.data_access_timestamp, stat.data_modification_timestamp, stat.status_change_timestamp]
                .map(|time| time.unwrap().seconds)
        };
        let steps: [(&dyn Fn() -> bool, [u64; 3]); 5] = [
            (&|| file.read(9, 0).is_ok(), [1, 1, 1]),
            (&|| file.write(b"a", 0).is_ok(), [1, 3, 3]),
            (&|| file.write(b"", 0).is_ok(), [1, 3, 3]),
            (&|| file.set_size(1).is_ok(), [1, 5, 5]),
            (
                &|| file.set_times(Times { accessed: NewTimestamp::Now, modified: NewTimestamp::NoChange }).is_ok(),
                [6, 5, 6],
            ),
        ];
        for (second, (step, expected)) in (2..).zip(steps) {
            seconds.store(second, std::sync::atomic::Ordering::Relaxed);
            assert!(step());
            assert_eq!(times(), expected, "{second}");
        }
    }
}
