//! Changes a core module section by section; indices that exist stay what they are.

use std::borrow::Cow;

use wasm_encoder::{Encode, Module as Encoder, RawSection, SectionId};

use super::module::Module;

/// The sections of a core module, to be changed and written again.
pub(super) struct Editor<'a> {
    sections: Vec<(u8, Cow<'a, [u8]>)>,
}

impl<'a> Editor<'a> {
    /// Starts from `module` without the metadata of a binding generator.
    pub(super) fn new(module: &Module<'a>) -> Self {
        let kept = module.sections.iter().filter(|section| !section.is_metadata);
        Editor { sections: kept.map(|section| (section.id, Cow::Borrowed(section.content))).collect() }
    }

    /// Puts `content` in the place of section `id`, or where that section belongs.
    pub(super) fn replace(&mut self, id: SectionId, content: Vec<u8>) {
        let id = u8::from(id);
        match self.sections.iter_mut().find(|(known, _)| *known == id) {
            Some((_, old)) => *old = Cow::Owned(content),
            None => {
                let place = self.sections.iter().position(|(known, _)| rank(*known) > rank(id));
                self.sections.insert(place.unwrap_or(self.sections.len()), (id, Cow::Owned(content)));
            }
        }
    }

    /// Appends the items of the vector `content` to section `id`.
    pub(super) fn append(&mut self, id: SectionId, content: &[u8]) {
        let known = self.sections.iter().find(|(known, _)| *known == u8::from(id));
        let (old_count, old) = known.map_or((0, &[][..]), |(_, content)| split_count(content));
        let (new_count, new) = split_count(content);
        let mut merged = Vec::with_capacity(old.len() + new.len() + 5);
        old_count.saturating_add(new_count).encode(&mut merged);
        merged.extend_from_slice(old);
        merged.extend_from_slice(new);
        self.replace(id, merged);
    }

    /// The module as a binary.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut encoder = Encoder::new();
        for (id, content) in &self.sections {
            encoder.section(&RawSection { id: *id, data: content });
        }
        encoder.finish()
    }
}

/// What `section` holds, without its length.
pub(super) fn content(section: &impl Encode) -> Vec<u8> {
    let mut encoded = Vec::new();
    section.encode(&mut encoded);
    let mut reader = wasmparser::BinaryReader::new(&encoded, 0);
    let start = reader.read_var_u32().map_or(0, |_| reader.current_position());
    encoded.split_off(start)
}

/// The place of a section in the order that core modules keep; custom sections may stand anywhere.
fn rank(id: u8) -> usize {
    /// Tags stand between memories and globals, the data count before the code.
    const ORDER: [SectionId; 13] = [
        SectionId::Type,
        SectionId::Import,
        SectionId::Function,
        SectionId::Table,
        SectionId::Memory,
        SectionId::Tag,
        SectionId::Global,
        SectionId::Export,
        SectionId::Start,
        SectionId::Element,
        SectionId::DataCount,
        SectionId::Code,
        SectionId::Data,
    ];
    ORDER.iter().position(|known| u8::from(*known) == id).map_or(0, |place| place + 1)
}

/// The count at the start of a vector and what follows it.
fn split_count(content: &[u8]) -> (u32, &[u8]) {
    let mut reader = wasmparser::BinaryReader::new(content, 0);
    let count = reader.read_var_u32().unwrap_or(0);
    (count, content.get(reader.current_position()..).unwrap_or_default())
}
