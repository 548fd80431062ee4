//! Bytes to a component: text, core modules and components alike.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{
    component::{
        Component, Engine,
        wrap::{is_component, wrap},
    },
    error::Result,
    registry::ContentHash,
};

/// WAT text or a binary, made a component.
#[derive(Clone)]
pub struct Source {
    component: Component,
}

impl Source {
    /// Loads `bytes`: WAT text or a binary, a core module or a component. `wit` types the exports of a core module; see
    /// [`wrap`](crate::component::wrap::wrap).
    ///
    /// # Errors
    ///
    /// If they are malformed, or `wit` is wrong or does not fit.
    pub fn new(engine: &Engine, bytes: &[u8], wit: Option<&str>) -> Result<Source> {
        if wit.is_none() && is_component(bytes) {
            return Ok(Source { component: Component::new(engine, bytes)? });
        }
        Ok(Source { component: Component::new(engine, wrap(bytes, wit)?)? })
    }

    /// The component.
    pub fn component(&self) -> &Component {
        &self.component
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.component, f)
    }
}

impl ContentHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> ContentHash {
        ContentHash::from_bytes(Sha256::digest(bytes).into())
    }
}
