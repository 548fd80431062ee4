//! A guest that is memory and a `realloc` and nothing else, for properties and fuzz targets of lifting and lowering.
//!
//! Knows no component: types and values are made up.

use alloc::vec::Vec;

use super::{
    Cx, Guest as _, Options,
    guest::{At, GuestSource},
    lift::lift,
    string,
    val::ValSink,
};
use crate::{
    component::{
        plan::StringEncoding,
        resource::ScopeId,
        store::{AsContextMut as _, Store},
        types::{NamesDef, Prim, Ty, TypeDef, TypeTable, VariantDef},
    },
    engine::{self, CoreModule, Engine},
    error::{Error, Result},
};

/// All primitive types, to pick from.
pub(crate) const PRIMS: [Prim; 12] = [
    Prim::Bool,
    Prim::S8,
    Prim::U8,
    Prim::S16,
    Prim::U16,
    Prim::S32,
    Prim::U32,
    Prim::S64,
    Prim::U64,
    Prim::F32,
    Prim::F64,
    Prim::Char,
];

/// Exports `memory`, of 4 pages, and `realloc`, which allocates upwards from 8 and traps at the end.
const MODULE: &[u8] =
    b"\x00asm\x01\x00\x00\x00\x01\x09\x01`\x04\x7f\x7f\x7f\x7f\x01\x7f\x03\x02\x01\x00\x05\x03\x01\x00\x04\x06\
    \x06\x01\x7f\x01A\x08\x0b\x07\x1b\x03\x06memory\x02\x00\x04next\x03\x00\x07realloc\x00\x00\x0aA\x01?\x01\
    \x01\x7f#\x00 \x02A\x01kjA\x00 \x02kq!\x04 \x04 \x03j$\x00#\x00A\x80\x80\x10K\x04@\x00\x0b \x01\x04@ \
    \x04 \x00 \x01 \x03 \x01 \x03I\x1b\xfc\x0a\x00\x00\x0b \x04\x0b";

/// Bytes of the guest's memory.
#[cfg(test)]
pub(crate) const MEMORY_BYTES: usize = 4 << 16;

/// A store with two such guests.
pub(crate) struct Bed {
    store: Store<()>,
    /// Of the guest that is written to.
    pub(crate) options: Options,
    /// Of the guest that is read from.
    pub(crate) other: Options,
}

impl Bed {
    pub(crate) fn new() -> Result<Self> {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let module = CoreModule::new(&engine, MODULE)?;
        let [options, other] = [Self::guest(&mut store, &module)?, Self::guest(&mut store, &module)?];
        Ok(Bed { store, options, other })
    }

    fn guest(store: &mut Store<()>, module: &CoreModule) -> Result<Options> {
        let core = &mut store.as_context_mut().core;
        engine::grant(core, 0)?;
        let instance = engine::instantiate_core(core, module, Vec::new())?;
        Ok(Options {
            memory: instance.get_memory(&*core, "memory"),
            realloc: instance.get_func(&*core, "realloc"),
            post_return: None,
            encoding: StringEncoding::Utf8,
            component: core.data_mut().state.add_component(None),
            is_async: false,
        })
    }

    /// Works in the guest that is written to.
    pub(crate) fn with<R>(&mut self, types: &TypeTable, work: impl FnOnce(&mut Cx<'_>) -> R) -> R {
        let core = &mut self.store.as_context_mut().core;
        let options = &self.options;
        let scope = ScopeId::NONE;
        work(&mut Cx { guest: core, types, resources: &[], options, scope, copier: None, copied: 0 })
    }

    /// Writes to the memory of one of the guests; what lies beyond it is dropped.
    pub(crate) fn fill(&mut self, options: &Options, at: usize, bytes: &[u8]) {
        let core = &mut self.store.as_context_mut().core;
        if let Some(place) = options.memory.and_then(|memory| core.bytes_mut(memory).get_mut(at..)) {
            place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        }
    }
}

/// Makes types of bytes: the same bytes give the same type.
pub(crate) struct TypeMaker<'a> {
    pub(crate) bytes: &'a [u8],
}

impl TypeMaker<'_> {
    fn next(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((byte, rest)) => {
                self.bytes = rest;
                *byte
            }
            None => 0,
        }
    }

    fn prim(&mut self) -> Prim {
        PRIMS.get(usize::from(self.next()) % PRIMS.len()).copied().unwrap_or(Prim::U8)
    }

    fn labels(&mut self) -> NamesDef {
        let count = 1 + usize::from(self.next()) % 32;
        NamesDef { names: (0..count).map(|index| alloc::format!("l{index}").into()).collect() }
    }

    fn several(&mut self, types: &mut TypeTable, depth: u32) -> Result<Vec<Ty>> {
        let count = 1 + self.next() % 4;
        (0..count).map(|_| self.ty(types, depth)).collect()
    }

    fn optional(&mut self, types: &mut TypeTable, depth: u32) -> Result<Option<Ty>> {
        if self.next().is_multiple_of(2) { Ok(None) } else { self.ty(types, depth).map(Some) }
    }

    /// A type that nests at most `depth` deep, without handles.
    pub(crate) fn ty(&mut self, types: &mut TypeTable, depth: u32) -> Result<Ty> {
        let kind = self.next() % 13;
        let Some(below) = depth.checked_sub(1).filter(|_| kind > 2) else {
            return Ok(if kind == 2 { Ty::String } else { Ty::Prim(self.prim()) });
        };
        let def = match kind {
            3 => TypeDef::List(self.ty(types, below)?),
            4 => {
                let ty = self.ty(types, below)?;
                TypeDef::FixedList(ty, 1 + u32::from(self.next() % 5))
            }
            5 => {
                let key = if self.next().is_multiple_of(2) { Ty::String } else { Ty::Prim(self.prim()) };
                let value = self.ty(types, below)?;
                TypeDef::Map(key, value, types.entry_at(key, value)?)
            }
            6 => {
                let fields = self.several(types, below)?;
                let named = fields.into_iter().enumerate().map(|(index, ty)| (alloc::format!("f{index}").into(), ty));
                TypeDef::Record(types.record(named)?)
            }
            7 => {
                let fields = self.several(types, below)?;
                TypeDef::Tuple(types.tuple(fields)?)
            }
            8 => {
                let mut cases = Vec::new();
                for index in 0..=self.next() % 4 {
                    cases.push((alloc::format!("c{index}").into(), self.optional(types, below)?));
                }
                let at = types.payload_at(cases.len(), cases.iter().filter_map(|(_, ty)| *ty));
                TypeDef::Variant(VariantDef { cases: cases.into(), at })
            }
            9 => TypeDef::Enum(self.labels()),
            10 => {
                let ty = self.ty(types, below)?;
                TypeDef::Option(ty, types.payload_at(2, [ty]))
            }
            11 => {
                let (ok, err) = (self.optional(types, below)?, self.optional(types, below)?);
                TypeDef::Result { ok, err, at: types.payload_at(2, ok.into_iter().chain(err)) }
            }
            _ => TypeDef::Flags(self.labels()),
        };
        types.intern(def)
    }
}

/// How a string lies in memory, by a byte.
pub(crate) fn encoding(byte: u8) -> StringEncoding {
    match byte % 3 {
        0 => StringEncoding::Utf8,
        1 => StringEncoding::Utf16,
        _ => StringEncoding::CompactUtf16,
    }
}

/// A defect: an error that says that nojit itself is wrong.
fn defect<R>(result: Result<R>) {
    if let Err(error) = result {
        assert!(error.fault() != crate::Fault::Bug, "{error}");
    }
}

/// Fuzz target: 16 bytes make a type, the others are a guest's memory, of which a value of that type is lifted.
#[cfg(feature = "wrap")]
pub(crate) fn fuzz_lift(input: &[u8]) {
    let (shape, memory) = input.split_at_checked(16).unwrap_or((input, &[]));
    let mut types = TypeTable::default();
    let mut maker = TypeMaker { bytes: shape };
    let (Ok(ty), Ok(mut bed)) = (maker.ty(&mut types, 4), Bed::new()) else { return };
    bed.options.encoding = encoding(shape.first().copied().unwrap_or(0));
    let options = bed.options;
    bed.fill(&options, 0, memory);
    bed.with(&types, |cx| {
        // Small numbers, so that lists of many elements end soon.
        cx.guest.state().max_copy_bytes = 1 << 20;
        let source = GuestSource { options: &options, at: At::Memory(0) };
        defect(lift(cx, ty, source, &mut ValSink));
    });
}

/// Fuzz target: two bytes are encodings, then pointer and length, then a guest's memory, of which a string is passed to
/// another guest.
#[cfg(feature = "wrap")]
pub(crate) fn fuzz_transcode(input: &[u8]) {
    let Some(([from, to, ptr, len, tag], memory)) = input.split_first_chunk::<5>() else { return };
    let Ok(mut bed) = Bed::new() else { return };
    (bed.other.encoding, bed.options.encoding) = (encoding(*from), encoding(*to));
    let other = bed.other;
    bed.fill(&other, 0, memory);
    let units = u32::from(*len) | u32::from(*tag & 1) << 31;
    let types = TypeTable::default();
    bed.with(&types, |cx| {
        let passed = string::transcode(cx, &other, u32::from(*ptr), units);
        let Ok((ptr, units)) = passed else { return defect(passed) };
        let read = |options: &Options, ptr, units| {
            let memory = options.memory.map_or(&[][..], |memory| cx.guest.bytes(memory));
            let range = string::range(memory, ptr, units, options.encoding)?;
            let text = string::decode(memory.get(range.bytes).unwrap_or_default(), range.form)?;
            Ok::<_, Error>(text.to_host())
        };
        let passed = read(cx.options, ptr, units);
        let sent =
            read(&other, u32::from(input.get(2).copied().unwrap_or(0)), u32::from(*len) | u32::from(*tag & 1) << 31);
        assert_eq!(passed.ok(), sent.ok(), "the text has changed");
    });
}
