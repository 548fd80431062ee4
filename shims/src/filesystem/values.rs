//! The value types of `wasi:filesystem/types`.

use crate::clocks::wall_clock::Datetime;

/// Declares a set of flags, the first one lowest.
macro_rules! flags {
    ($(#[$attr:meta])* pub struct $name:ident { $($(#[$flag_attr:meta])* $flag:ident = $bit:literal,)* }) => {
        $(#[$attr])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(u32);

        impl $name {
            $($(#[$flag_attr])* pub const $flag: Self = $name(1 << $bit);)*

            /// The set of these bits, the first flag lowest.
            pub const fn from_bits(bits: u32) -> Self {
                $name(bits)
            }

            /// The bits, the first flag lowest.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// Whether all flags of `other` are in this set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                $name(self.0 | other.0)
            }
        }
    };
}

crate::values::named! {
    /// `error-code`: why an operation failed.
    pub enum ErrorCode {
        /// Permission denied by the host, as `EACCES`.
        Access = "access",
        /// Nothing now, as `EAGAIN`.
        WouldBlock = "would-block",
        /// Connection already in progress, as `EALREADY`.
        Already = "already",
        /// The descriptor cannot do that, as `EBADF`.
        BadDescriptor = "bad-descriptor",
        /// Device or resource busy, as `EBUSY`.
        Busy = "busy",
        /// Resource deadlock would occur, as `EDEADLK`.
        Deadlock = "deadlock",
        /// Storage quota exceeded, as `EDQUOT`.
        Quota = "quota",
        /// There is something already, as `EEXIST`.
        Exist = "exist",
        /// File too large, as `EFBIG`.
        FileTooLarge = "file-too-large",
        /// A name is no Unicode, as `EILSEQ`.
        IllegalByteSequence = "illegal-byte-sequence",
        /// Operation in progress, as `EINPROGRESS`.
        InProgress = "in-progress",
        /// Interrupted, as `EINTR`.
        Interrupted = "interrupted",
        /// Invalid argument, as `EINVAL`.
        Invalid = "invalid",
        /// The device failed, as `EIO`.
        Io = "io",
        /// It is a directory, as `EISDIR`.
        IsDirectory = "is-directory",
        /// A link where none is followed, or too many of them, as `ELOOP`.
        Loop = "loop",
        /// Too many names of one file, as `EMLINK`.
        TooManyLinks = "too-many-links",
        /// Message too large, as `EMSGSIZE`.
        MessageSize = "message-size",
        /// A name is too long, as `ENAMETOOLONG`.
        NameTooLong = "name-too-long",
        /// No such device, as `ENODEV`.
        NoDevice = "no-device",
        /// There is nothing of that name, as `ENOENT`.
        NoEntry = "no-entry",
        /// No locks available, as `ENOLCK`.
        NoLock = "no-lock",
        /// Not enough memory, as `ENOMEM`.
        InsufficientMemory = "insufficient-memory",
        /// No space left, as `ENOSPC`.
        InsufficientSpace = "insufficient-space",
        /// It is no directory, as `ENOTDIR`.
        NotDirectory = "not-directory",
        /// The directory is not empty, as `ENOTEMPTY`.
        NotEmpty = "not-empty",
        /// State not recoverable, as `ENOTRECOVERABLE`.
        NotRecoverable = "not-recoverable",
        /// The host cannot do that, as `ENOTSUP` or `ENOSYS`.
        Unsupported = "unsupported",
        /// Not a terminal, as `ENOTTY`.
        NoTty = "no-tty",
        /// No such device or address, as `ENXIO`.
        NoSuchDevice = "no-such-device",
        /// A value does not fit, as `EOVERFLOW`.
        Overflow = "overflow",
        /// The guest was not granted that, as `EPERM`.
        NotPermitted = "not-permitted",
        /// Broken pipe, as `EPIPE`.
        Pipe = "pipe",
        /// Read-only file system, as `EROFS`.
        ReadOnly = "read-only",
        /// Invalid seek, as `ESPIPE`.
        InvalidSeek = "invalid-seek",
        /// The file is a program that runs, as `ETXTBSY`.
        TextFileBusy = "text-file-busy",
        /// Across two file systems, as `EXDEV`.
        CrossDevice = "cross-device",
    }
}

crate::values::named! {
    /// `descriptor-type`: what a descriptor or a name is.
    pub enum DescriptorType {
        /// None of the others, or not known.
        Unknown = "unknown",
        /// A block device.
        BlockDevice = "block-device",
        /// A character device.
        CharacterDevice = "character-device",
        /// A directory.
        Directory = "directory",
        /// A named pipe.
        Fifo = "fifo",
        /// A symbolic link.
        SymbolicLink = "symbolic-link",
        /// A file.
        RegularFile = "regular-file",
        /// A socket.
        Socket = "socket",
    }
}

crate::values::named! {
    /// `advice`: how a range of a file will be used.
    pub enum Advice {
        /// Nothing to say.
        Normal = "normal",
        /// From lower to higher offsets.
        Sequential = "sequential",
        /// In no order.
        Random = "random",
        /// Soon.
        WillNeed = "will-need",
        /// Not soon.
        DontNeed = "dont-need",
        /// Once.
        NoReuse = "no-reuse",
    }
}

flags! {
    /// `descriptor-flags`: what a descriptor may do.
    pub struct DescriptorFlags {
        /// Data can be read.
        READ = 0,
        /// Data can be written.
        WRITE = 1,
        /// Writes wait for data and metadata.
        FILE_INTEGRITY_SYNC = 2,
        /// Writes wait for data.
        DATA_INTEGRITY_SYNC = 3,
        /// Reads wait as writes do.
        REQUESTED_WRITE_SYNC = 4,
        /// The directory's content can be changed.
        MUTATE_DIRECTORY = 5,
    }
}

flags! {
    /// `path-flags`: how a path is read.
    pub struct PathFlags {
        /// A link at the end is followed.
        SYMLINK_FOLLOW = 0,
    }
}

flags! {
    /// `open-flags`: how a file is opened.
    pub struct OpenFlags {
        /// Make it if it is not there.
        CREATE = 0,
        /// Fail if it is no directory.
        DIRECTORY = 1,
        /// Fail if it is there.
        EXCLUSIVE = 2,
        /// Empty it.
        TRUNCATE = 3,
    }
}

/// `descriptor-stat`: about a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptorStat {
    /// What it is.
    pub ty: DescriptorType,
    /// Names that it has.
    pub link_count: u64,
    /// In bytes; for a link, of its text.
    pub size: u64,
    /// Of the last access to the data.
    pub data_access_timestamp: Option<Datetime>,
    /// Of the last change of the data.
    pub data_modification_timestamp: Option<Datetime>,
    /// Of the last change of this record.
    pub status_change_timestamp: Option<Datetime>,
}

/// `new-timestamp`: what a time is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTimestamp {
    /// To what it is.
    NoChange,
    /// To the time of the host.
    Now,
    /// To this time.
    Timestamp(Datetime),
}

/// `directory-entry`: a name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// What it names; links are not followed.
    pub ty: DescriptorType,
    /// The name alone.
    pub name: String,
}

/// `metadata-hash-value`: equal for the same object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetadataHashValue {
    /// The lower 64 bits.
    pub lower: u64,
    /// The upper 64 bits.
    pub upper: u64,
}
