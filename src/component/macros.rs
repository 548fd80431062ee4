//! Rust types for records, variants, enums and flags: [`record!`](crate::record), [`variant!`](crate::variant),
//! [`enumeration!`](crate::enumeration) and [`flags!`](crate::flags).
//!
//! Names are compared with the component's when a function is looked up or linked: `tag_count` is `tag-count`,
//! `NoEntry` is `no-entry`; a case may give its own name, `DnsError = "DNS-error"`. With `impl` instead of `struct` or `enum`
//! they implement the traits for a type that is declared elsewhere.

/// The traits of one Rust type, from the bodies of their functions.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_component_type {
    (
        $name:ident;
        check($check_cx:ident, $check_ty:ident) $check:block
        lower_flat($flat_this:ident, $flat_cx:ident, $flat_ty:ident, $flat:ident) $lower_flat:block
        store($store_this:ident, $store_cx:ident, $store_ty:ident, $ptr:ident) $store:block
        lift($lift_cx:ident, $lift_ty:ident, $source:ident) $lift:block
    ) => {
        impl $crate::component::ComponentType for $name {
            fn check(
                $check_cx: &$crate::component::internals::Check<'_>,
                $check_ty: $crate::component::internals::Ty,
            ) -> $crate::Result<()> $check
        }

        impl $crate::component::Lower for $name {
            fn lower_flat(
                &self,
                $flat_cx: &mut $crate::component::internals::Cx<'_>,
                $flat_ty: $crate::component::internals::Ty,
                $flat: &mut [$crate::component::internals::CoreVal],
            ) -> $crate::Result<()> {
                let $flat_this = self;
                $lower_flat
            }

            fn store(
                &self,
                $store_cx: &mut $crate::component::internals::Cx<'_>,
                $store_ty: $crate::component::internals::Ty,
                $ptr: u32,
            ) -> $crate::Result<()> {
                let $store_this = self;
                $store
            }
        }

        impl $crate::component::Lift for $name {
            fn lift(
                $lift_cx: &mut $crate::component::internals::Cx<'_>,
                $lift_ty: $crate::component::internals::Ty,
                $source: $crate::component::internals::GuestSource<'_>,
            ) -> $crate::Result<Self> $lift
        }
    };
}

/// Declares a struct that stands for a record.
///
/// ```
/// nojit::record! {
///     /// A user.
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct UserRecord { pub id: u32, pub name: String, pub tags: Vec<String>, pub active: bool }
/// }
/// let user = UserRecord { id: 1, name: "Alice".into(), tags: vec![], active: true };
/// assert_eq!(user.clone(), user);
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[$attr:meta])*
        $vis:vis struct $name:ident { $($(#[$field_attr:meta])* $field_vis:vis $field:ident: $ty:ty),* $(,)? }
    ) => {
        $(#[$attr])*
        $vis struct $name { $($(#[$field_attr])* $field_vis $field: $ty),* }

        $crate::record! { impl $name { $($field: $ty),* } }
    };
    (impl $name:ident { $($field:ident $(= $text:literal)?: $ty:ty),* $(,)? }) => {
        $crate::impl_component_type! {
            $name;
            check(cx, ty) {
                let names = [$([$($text,)? stringify!($field)][0]),*];
                let mut fields = $crate::component::internals::Cursor::record(cx, ty, &names)?;
                $(fields.check::<$ty>(cx)?;)*
                Ok(())
            }
            lower_flat(this, cx, ty, flat) {
                let mut fields = $crate::component::internals::Cursor::fields(cx, ty)?;
                $(fields.lower_flat(cx, &this.$field, flat)?;)*
                Ok(())
            }
            store(this, cx, ty, ptr) {
                let mut fields = $crate::component::internals::Cursor::fields(cx, ty)?;
                $(fields.store(cx, &this.$field, ptr)?;)*
                Ok(())
            }
            lift(cx, ty, source) {
                let mut fields = $crate::component::internals::Cursor::fields(cx, ty)?;
                Ok($name { $($field: fields.lift(cx, source)?),* })
            }
        }
    };
}

/// Declares an enum that stands for a variant; a case has one payload or none.
///
/// ```
/// nojit::variant! {
///     /// A shape.
///     #[derive(Clone, Debug, PartialEq)]
///     pub enum Shape { Circle(f32), Label(String), Nothing }
/// }
/// assert_ne!(Shape::Circle(1.0), Shape::Nothing);
/// ```
#[macro_export]
macro_rules! variant {
    (
        $(#[$attr:meta])*
        $vis:vis enum $name:ident { $($(#[$case_attr:meta])* $case:ident $(($ty:ty))? $(= $text:literal)?),* $(,)? }
    ) => {
        $(#[$attr])*
        $vis enum $name { $($(#[$case_attr])* $case $(($ty))?),* }

        $crate::variant! { impl $name { $($case $(($ty))? $(= $text)?),* } }
    };
    (impl $name:ident { $($case:ident $(($ty:ty))? $(= $text:literal)?),* $(,)? }) => {
        $crate::impl_component_type! {
            $name;
            check(cx, ty) {
                let mut cases = $crate::component::internals::Cases::check(
                    cx,
                    ty,
                    &[$((stringify!($case), [$($text,)? ""][0])),*],
                )?;
                $(cases.next_case($crate::variant!(@check cx $(, $ty)?))?;)*
                Ok(())
            }
            lower_flat(this, cx, ty, flat) {
                let cases = $crate::component::internals::Cases::of(cx, ty)?;
                let mut _index = 0;
                $(
                    if let $crate::variant!(@pattern $name, $case, value $(, $ty)?) = this {
                        return cases.lower_flat(cx, _index, $crate::variant!(@payload value $(, $ty)?), flat);
                    }
                    _index += 1;
                )*
                Ok(())
            }
            store(this, cx, ty, ptr) {
                let cases = $crate::component::internals::Cases::of(cx, ty)?;
                let mut _index = 0;
                $(
                    if let $crate::variant!(@pattern $name, $case, value $(, $ty)?) = this {
                        return cases.store(cx, _index, $crate::variant!(@payload value $(, $ty)?), ptr);
                    }
                    _index += 1;
                )*
                Ok(())
            }
            lift(cx, ty, source) {
                let cases = $crate::component::internals::Cases::of(cx, ty)?;
                let (index, _payload) = cases.read(cx, source)?;
                let mut _at = 0;
                $(
                    if index == _at {
                        return $crate::variant!(@lift $name, $case, cases, cx, index, _payload $(, $ty)?);
                    }
                    _at += 1;
                )*
                Err($crate::component::internals::no_case())
            }
        }
    };
    (@check $cx:ident) => { None };
    (@check $cx:ident, $ty:ty) => { Some(&|ty| <$ty as $crate::component::ComponentType>::check($cx, ty)) };
    (@pattern $name:ident, $case:ident, $value:ident) => { $name::$case };
    (@pattern $name:ident, $case:ident, $value:ident, $ty:ty) => { $name::$case($value) };
    (@payload $value:ident) => { None::<&()> };
    (@payload $value:ident, $ty:ty) => { Some($value) };
    (@lift $name:ident, $case:ident, $cases:ident, $cx:ident, $index:ident, $payload:ident) => { Ok($name::$case) };
    (@lift $name:ident, $case:ident, $cases:ident, $cx:ident, $index:ident, $payload:ident, $ty:ty) => {
        $cases.lift::<$ty>($cx, $index, $payload).map($name::$case)
    };
}

/// Declares an enum without payloads that stands for an `enum`; as [`variant!`](crate::variant).
///
/// ```
/// nojit::enumeration! {
///     /// Why not.
///     #[derive(Clone, Copy, Debug, PartialEq, Eq)]
///     pub enum Reason { NoEntry, Io, DnsError = "DNS-error" }
/// }
/// assert_eq!(Reason::NoEntry as u8, 0);
/// ```
#[macro_export]
macro_rules! enumeration {
    ($($tokens:tt)*) => { $crate::variant! { $($tokens)* } };
}

/// Declares a set of flags, each a constant of a type that is a word of bits.
///
/// ```
/// nojit::flags! {
///     /// What may be done.
///     pub struct Permissions { READ, WRITE, EXEC }
/// }
/// let both = Permissions::READ | Permissions::WRITE;
/// assert!(both.contains(Permissions::READ) && !both.contains(Permissions::EXEC));
/// ```
#[macro_export]
macro_rules! flags {
    ($(#[$attr:meta])* $vis:vis struct $name:ident { $($(#[$flag_attr:meta])* $flag:ident),* $(,)? }) => {
        $(#[$attr])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        $vis struct $name(u32);

        impl $name {
            $crate::flags!(@constants 0; $($(#[$flag_attr])* $flag)*);

            /// The set of these bits, the first flag lowest.
            $vis const fn from_bits(bits: u32) -> Self {
                $name(bits)
            }

            /// The bits, the first flag lowest.
            $vis const fn bits(self) -> u32 {
                self.0
            }

            /// Whether all flags of `other` are in this set.
            $vis const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl ::core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                $name(self.0 | other.0)
            }
        }

        $crate::flags! { impl $name { $($flag),* } }
    };
    (impl $name:ident { $($flag:ident),* $(,)? }) => {
        $crate::impl_component_type! {
            $name;
            check(cx, ty) {
                $crate::component::internals::check_flags(cx, ty, &[$(stringify!($flag)),*])
            }
            lower_flat(this, _cx, _ty, flat) {
                $crate::component::internals::lower_flat_flags(this.bits(), flat)
            }
            store(this, cx, ty, ptr) {
                $crate::component::internals::store_flags(cx, ty, this.bits(), ptr)
            }
            lift(cx, ty, source) {
                $crate::component::internals::lift_flags(cx, ty, source).map($name::from_bits)
            }
        }
    };
    (@constants $index:expr;) => {};
    (@constants $index:expr; $(#[$attr:meta])* $flag:ident $($rest:tt)*) => {
        #[doc = concat!("The flag `", stringify!($flag), "`.")]
        $(#[$attr])*
        pub const $flag: Self = Self(1 << ($index));
        $crate::flags!(@constants $index + 1; $($rest)*);
    };
}
