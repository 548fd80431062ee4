//! Types as embedders see them: handles into a table that they keep alive.

use alloc::sync::Arc;
use core::fmt;

use super::{
    table::{DefId, FuncDef, FuncTyId, Prim, Ty, TypeDef, TypeTable, equal},
    text::write_type,
};

/// A type of a component, as embedders see it.
///
/// Equality is structural; a handle type is equal to one of the same resource type in the same component.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the specification's names")]
#[non_exhaustive]
pub enum Type {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    Float32,
    Float64,
    Char,
    String,
    ErrorContext,
    List(List),
    FixedList(FixedList),
    Map(Map),
    Record(Record),
    Tuple(Tuple),
    Variant(Variant),
    Enum(Enum),
    Option(OptionType),
    Result(ResultType),
    Flags(Flags),
    Own(ResourceHandle),
    Borrow(ResourceHandle),
    Stream(StreamType),
    Future(StreamType),
}

/// A definition in a table that the handle keeps alive.
#[derive(Clone)]
struct Handle {
    table: Arc<TypeTable>,
    id: DefId,
}

impl Handle {
    fn def(&self) -> &TypeDef {
        self.table.def(self.id)
    }

    fn ty(&self, ty: Ty) -> Type {
        Type::new(&self.table, ty)
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.table, &other.table) {
            return self.id == other.id;
        }
        equal(&self.table, Ty::Def(self.id), &other.table, Ty::Def(other.id), &mut |_, _| false)
    }
}

impl Eq for Handle {}

impl Type {
    pub(crate) fn new(table: &Arc<TypeTable>, ty: Ty) -> Type {
        let id = match ty {
            Ty::Prim(prim) => return Type::from(prim),
            Ty::String => return Type::String,
            Ty::ErrorContext => return Type::ErrorContext,
            Ty::Def(id) => id,
        };
        let handle = Handle { table: table.clone(), id };
        match table.def(id) {
            TypeDef::List(_) => Type::List(List(handle)),
            TypeDef::FixedList(..) => Type::FixedList(FixedList(handle)),
            TypeDef::Map(..) => Type::Map(Map(handle)),
            TypeDef::Record(_) => Type::Record(Record(handle)),
            TypeDef::Tuple(_) => Type::Tuple(Tuple(handle)),
            TypeDef::Variant(_) => Type::Variant(Variant(handle)),
            TypeDef::Enum(_) => Type::Enum(Enum(handle)),
            TypeDef::Option(..) => Type::Option(OptionType(handle)),
            TypeDef::Result { .. } => Type::Result(ResultType(handle)),
            TypeDef::Flags(_) => Type::Flags(Flags(handle)),
            TypeDef::Own(_) => Type::Own(ResourceHandle(handle)),
            TypeDef::Borrow(_) => Type::Borrow(ResourceHandle(handle)),
            TypeDef::Stream(_) => Type::Stream(StreamType(handle)),
            TypeDef::Future(_) => Type::Future(StreamType(handle)),
        }
    }
}

impl From<Prim> for Type {
    fn from(prim: Prim) -> Self {
        match prim {
            Prim::Bool => Type::Bool,
            Prim::S8 => Type::S8,
            Prim::U8 => Type::U8,
            Prim::S16 => Type::S16,
            Prim::U16 => Type::U16,
            Prim::S32 => Type::S32,
            Prim::U32 => Type::U32,
            Prim::S64 => Type::S64,
            Prim::U64 => Type::U64,
            Prim::F32 => Type::Float32,
            Prim::F64 => Type::Float64,
            Prim::Char => Type::Char,
        }
    }
}

/// Declares one reflection handle.
macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Handle);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_type(f, &self.0.table, Ty::Def(self.0.id))
            }
        }
    )*};
}

handles! {
    /// `list<T>`.
    List;
    /// `list<T, N>`.
    FixedList;
    /// `map<K, V>`.
    Map;
    /// A record.
    Record;
    /// A tuple.
    Tuple;
    /// A variant.
    Variant;
    /// An enum.
    Enum;
    /// `option<T>`.
    OptionType;
    /// `result<T, E>`.
    ResultType;
    /// A set of flags.
    Flags;
    /// `own<R>` or `borrow<R>`.
    ResourceHandle;
    /// `stream<T>` or `future<T>`.
    StreamType;
}

impl List {
    /// The element type.
    pub fn ty(&self) -> Type {
        match self.0.def() {
            TypeDef::List(ty) => self.0.ty(*ty),
            _ => Type::Bool,
        }
    }
}

impl FixedList {
    /// The element type.
    pub fn ty(&self) -> Type {
        match self.0.def() {
            TypeDef::FixedList(ty, _) => self.0.ty(*ty),
            _ => Type::Bool,
        }
    }

    /// How many elements there are.
    pub fn elements(&self) -> u32 {
        match self.0.def() {
            TypeDef::FixedList(_, len) => *len,
            _ => 0,
        }
    }
}

impl Map {
    /// The types of key and value.
    pub fn entry(&self) -> (Type, Type) {
        match self.0.def() {
            TypeDef::Map(key, value, _) => (self.0.ty(*key), self.0.ty(*value)),
            _ => (Type::Bool, Type::Bool),
        }
    }
}

impl Record {
    /// Names and types of the fields, in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, Type)> {
        let fields = match self.0.def() {
            TypeDef::Record(record) => &record.fields[..],
            _ => &[],
        };
        fields.iter().map(|field| (&*field.name, self.0.ty(field.ty)))
    }
}

impl Tuple {
    /// The types of the elements, in order.
    pub fn types(&self) -> impl ExactSizeIterator<Item = Type> {
        let fields = match self.0.def() {
            TypeDef::Tuple(tuple) => &tuple.fields[..],
            _ => &[],
        };
        fields.iter().map(|field| self.0.ty(field.ty))
    }
}

impl Variant {
    /// Names and payload types of the cases, in order.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = (&str, Option<Type>)> {
        let cases = match self.0.def() {
            TypeDef::Variant(variant) => &variant.cases[..],
            _ => &[],
        };
        cases.iter().map(|(name, ty)| (&**name, ty.map(|ty| self.0.ty(ty))))
    }
}

impl Enum {
    /// The names of the cases, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        names(self.0.def())
    }
}

impl Flags {
    /// The names of the flags, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        names(self.0.def())
    }
}

fn names(def: &TypeDef) -> impl ExactSizeIterator<Item = &str> {
    let names = match def {
        TypeDef::Enum(names) | TypeDef::Flags(names) => &names.names[..],
        _ => &[],
    };
    names.iter().map(|name| &**name)
}

impl OptionType {
    /// The type of `some`.
    pub fn ty(&self) -> Type {
        match self.0.def() {
            TypeDef::Option(ty, _) => self.0.ty(*ty),
            _ => Type::Bool,
        }
    }
}

impl ResultType {
    /// The payload of `ok`.
    pub fn ok(&self) -> Option<Type> {
        match self.0.def() {
            TypeDef::Result { ok, .. } => ok.map(|ty| self.0.ty(ty)),
            _ => None,
        }
    }

    /// The payload of `err`.
    pub fn err(&self) -> Option<Type> {
        match self.0.def() {
            TypeDef::Result { err, .. } => err.map(|ty| self.0.ty(ty)),
            _ => None,
        }
    }
}

impl StreamType {
    /// The element type.
    pub fn ty(&self) -> Option<Type> {
        match self.0.def() {
            TypeDef::Stream(ty) | TypeDef::Future(ty) => ty.map(|ty| self.0.ty(ty)),
            _ => None,
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Type {
    /// The type in WIT, structures spelled out: `list<record { id: u32 }>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::S8 => f.write_str("s8"),
            Type::U8 => f.write_str("u8"),
            Type::S16 => f.write_str("s16"),
            Type::U16 => f.write_str("u16"),
            Type::S32 => f.write_str("s32"),
            Type::U32 => f.write_str("u32"),
            Type::S64 => f.write_str("s64"),
            Type::U64 => f.write_str("u64"),
            Type::Float32 => f.write_str("f32"),
            Type::Float64 => f.write_str("f64"),
            Type::Char => f.write_str("char"),
            Type::String => f.write_str("string"),
            Type::ErrorContext => f.write_str("error-context"),
            Type::List(ty) => fmt::Debug::fmt(ty, f),
            Type::FixedList(ty) => fmt::Debug::fmt(ty, f),
            Type::Map(ty) => fmt::Debug::fmt(ty, f),
            Type::Record(ty) => fmt::Debug::fmt(ty, f),
            Type::Tuple(ty) => fmt::Debug::fmt(ty, f),
            Type::Variant(ty) => fmt::Debug::fmt(ty, f),
            Type::Enum(ty) => fmt::Debug::fmt(ty, f),
            Type::Option(ty) => fmt::Debug::fmt(ty, f),
            Type::Result(ty) => fmt::Debug::fmt(ty, f),
            Type::Flags(ty) => fmt::Debug::fmt(ty, f),
            Type::Own(ty) | Type::Borrow(ty) => fmt::Debug::fmt(ty, f),
            Type::Stream(ty) | Type::Future(ty) => fmt::Debug::fmt(ty, f),
        }
    }
}

/// The type of a function, as embedders see it.
#[derive(Clone)]
pub struct FuncType {
    pub(crate) table: Arc<TypeTable>,
    pub(crate) id: FuncTyId,
}

impl FuncType {
    pub(crate) fn def(&self) -> &FuncDef {
        self.table.func(self.id)
    }

    /// Names and types of the parameters, in order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, Type)> {
        self.def().params.fields.iter().map(|field| (&*field.name, Type::new(&self.table, field.ty)))
    }

    /// The type of the result, if there is one.
    pub fn result(&self) -> Option<Type> {
        self.def().result.map(|ty| Type::new(&self.table, ty))
    }

    /// Whether the function is declared `async`.
    pub fn is_async(&self) -> bool {
        self.def().is_async
    }
}

impl fmt::Display for FuncType {
    /// The type in WIT: `func(a: u32, b: string) -> bool`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_async() { "async func(" } else { "func(" })?;
        for (index, (name, ty)) in self.params().enumerate() {
            write!(f, "{}{name}: {ty}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str(")")?;
        match self.result() {
            Some(ty) => write!(f, " -> {ty}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
