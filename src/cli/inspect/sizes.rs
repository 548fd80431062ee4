//! What the bytes of a binary are.

use wasmparser::{Encoding, Parser, Payload};

use super::rows;

/// Bytes by purpose.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    modules: u64,
    code: u64,
    data: u64,
    custom: u64,
    module_rest: u64,
    component: u64,
}

/// The numbers of custom, code and data sections.
const CUSTOM: u8 = 0;
const CODE: u8 = 10;
const DATA: u8 = 11;

impl Sizes {
    /// The sizes of a valid binary; of another, what was read before it became invalid.
    pub(super) fn of(binary: &[u8]) -> Self {
        let mut sizes = Sizes::default();
        let mut nesting: Vec<Encoding> = Vec::new();
        let mut core: u64 = 0;
        for payload in Parser::new(0).parse_all(binary) {
            let Ok(payload) = payload else { break };
            match &payload {
                Payload::Version { encoding, .. } => {
                    if nesting.is_empty() && *encoding == Encoding::Module {
                        core += binary.len() as u64;
                    }
                    sizes.modules += u64::from(*encoding == Encoding::Module);
                    nesting.push(*encoding);
                }
                Payload::End(_) => drop(nesting.pop()),
                Payload::ModuleSection { unchecked_range, .. } => core += unchecked_range.end - unchecked_range.start,
                _ => {}
            }
            let is_core = nesting.last() == Some(&Encoding::Module);
            if let (true, Some((id, range))) = (is_core, payload.as_section()) {
                let bytes = range.end - range.start;
                match id {
                    CODE => sizes.code += bytes,
                    DATA => sizes.data += bytes,
                    CUSTOM => sizes.custom += bytes,
                    _ => {}
                }
            }
        }
        sizes.module_rest = core.saturating_sub(sizes.code + sizes.data + sizes.custom);
        sizes.component = (binary.len() as u64).saturating_sub(core);
        sizes
    }

    /// Names and bytes.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let rows = [
            ("code", self.code),
            ("data", self.data),
            ("custom", self.custom),
            ("other core", self.module_rest),
            ("component", self.component),
        ];
        rows.into_iter().filter(|(_, bytes)| *bytes > 0)
    }

    pub(super) fn to_text(&self) -> String {
        let width = self.rows().map(|(_, bytes)| bytes.to_string().len()).max().unwrap_or(0);
        let of = |name: &str| match name {
            "code" if self.modules > 1 => format!("  of {} core modules", self.modules),
            "custom" => "  names, debug information, metadata".to_owned(),
            _ => String::new(),
        };
        rows(self.rows().map(|(name, bytes)| (name, format!("{bytes:>width$}{}", of(name)))))
    }
}
