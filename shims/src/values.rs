//! How value types of WIT are declared.

/// Declares an enum and the names of its cases as WIT has them.
macro_rules! named {
    ($(#[$attr:meta])* pub enum $name:ident { $($(#[$case_attr:meta])* $case:ident = $text:literal,)* }) => {
        $(#[$attr])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$case_attr])* $case,)* }

        impl $name {
            /// All cases, in the order of WIT.
            pub const ALL: &'static [$name] = &[$($name::$case),*];

            /// The name of the case in WIT.
            pub fn name(self) -> &'static str {
                match self { $($name::$case => $text),* }
            }
        }
    };
}

pub(crate) use named;
