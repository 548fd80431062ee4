//! What a component imports, by interface, and the token that enables it.

use super::rows;
use crate::{
    component::{Component, ExternItem},
    registry::Token,
};

/// An interface that is imported, or a name at the root.
pub(in crate::cli) struct Import {
    pub(super) interface: String,
    pub(super) functions: Vec<String>,
    /// What an entry lists to enable it; none if nothing does.
    pub(super) token: Option<Token>,
}

/// The imports, in order; types alone are none.
pub(super) fn of(component: &Component) -> Vec<Import> {
    let mut imports: Vec<Import> = Vec::new();
    for (path, item) in component.imports() {
        let Some((interface, rest)) = path.split_first() else { continue };
        let index = imports.iter().position(|import| import.interface == *interface).unwrap_or_else(|| {
            let token = Token::for_interface(interface);
            imports.push(Import { interface: interface.clone(), functions: Vec::new(), token });
            imports.len() - 1
        });
        if let (ExternItem::Func(_), Some(import), false) = (item, imports.get_mut(index), rest.is_empty()) {
            import.functions.push(rest.join("#"));
        }
    }
    imports
}

pub(super) fn to_text(imports: &[Import]) -> String {
    rows(imports.iter().map(|import| {
        let token = import.token.map_or("nothing: calls of it trap".to_owned(), |token| token.name().to_owned());
        (import.interface.as_str(), token)
    }))
}

/// The interfaces that no token enables.
pub(in crate::cli) fn unknown(imports: &[Import]) -> impl Iterator<Item = &str> {
    imports.iter().filter(|import| import.token.is_none()).map(|import| import.interface.as_str())
}

/// The tokens of all imports, each once, in the order of the documentation.
pub(super) fn tokens(imports: &[Import]) -> Vec<Token> {
    let is_needed = |token: &Token| imports.iter().any(|import| import.token == Some(*token));
    Token::ALL.into_iter().filter(is_needed).collect()
}
