//! [`Config`] and [`Engine`].

use alloc::sync::Arc;

use crate::error::Result;

/// How an [`Engine`] translates and runs guests.
#[derive(Clone, Debug)]
pub struct Config {
    eager: bool,
    lazy_validation_above_bytes: usize,
    max_frames: usize,
    max_value_stack_bytes: usize,
    auxiliary_fuel: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            eager: false,
            lazy_validation_above_bytes: usize::MAX,
            max_frames: 50_000,
            max_value_stack_bytes: 16 << 20,
            auxiliary_fuel: 10_000_000,
        }
    }
}

impl Config {
    /// The defaults: lazy translation, 50,000 frames, 16 MiB of value stack.
    pub fn new() -> Self {
        Config::default()
    }

    /// Translates every function when a component is loaded, not when it is first called. Off by default.
    pub fn eager(&mut self, eager: bool) -> &mut Self {
        self.eager = eager;
        self
    }

    /// Validates the function bodies of a component that is larger than this, in bytes, when each is first called, and not
    /// when the component is loaded: a large one starts at once. All else is validated when it is loaded. By default no
    /// component is so large.
    ///
    /// A body that is not valid is then an error of the call that reaches it. Host functions cost such a component a little
    /// more, as what it does by tail calls is not known before.
    pub fn lazy_validation_above(&mut self, bytes: usize) -> &mut Self {
        self.lazy_validation_above_bytes = bytes;
        self
    }

    /// How deep a guest may nest calls, in frames; one more is [`Trap::StackOverflow`](crate::Trap::StackOverflow).
    pub fn max_frames(&mut self, frames: usize) -> &mut Self {
        self.max_frames = frames;
        self
    }

    /// How large a guest's value stack may grow, in bytes (at least 64 KiB).
    pub fn max_value_stack(&mut self, bytes: usize) -> &mut Self {
        self.max_value_stack_bytes = bytes.max(64 << 10);
        self
    }

    /// How much fuel one call of `realloc` or `post-return` may use; these run in one piece and cannot wait.
    pub fn auxiliary_fuel(&mut self, fuel: u64) -> &mut Self {
        self.auxiliary_fuel = fuel;
        self
    }
}

/// An interpreter with its configuration; cheap to clone, shared by everything that is to run together.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    wasmi: wasmi::Engine,
    lazy_validation_above_bytes: usize,
    auxiliary_fuel: u64,
}

impl Engine {
    /// An engine of this configuration.
    ///
    /// # Errors
    ///
    /// None today; the signature leaves room for configurations that an engine cannot serve.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Engine::build(config))
    }

    fn build(config: &Config) -> Self {
        let mut wasmi = wasmi::Config::default();
        wasmi
            .consume_fuel(true)
            // Translation is charged to nobody: whoever calls a function first would pay for all others.
            .fuel_cost(wasmi::CustomFuelCosts {
                bytes_copied_per_fuel: 64,
                fuel_per_bytes_translated: 0,
                fuel_per_bytes_validated: 0,
            })
            // Function bodies were validated when the component was, unless that is put off; wasmi does it on first use.
            .compilation_mode(if config.eager { wasmi::CompilationMode::Eager } else { wasmi::CompilationMode::Lazy })
            .ignore_custom_sections(true)
            .wasm_wide_arithmetic(true)
            .set_max_recursion_depth(config.max_frames)
            .set_max_stack_height(config.max_value_stack_bytes);
        let inner = Inner {
            wasmi: wasmi::Engine::new(&wasmi),
            lazy_validation_above_bytes: config.lazy_validation_above_bytes,
            auxiliary_fuel: config.auxiliary_fuel,
        };
        Engine(Arc::new(inner))
    }

    pub(crate) fn wasmi(&self) -> &wasmi::Engine {
        &self.0.wasmi
    }

    /// A store of the interpreter.
    pub(crate) fn core_store<D>(&self, data: D) -> wasmi::Store<D> {
        wasmi::Store::new(self.wasmi(), data)
    }

    /// Whether function bodies of a component of `len_bytes` are validated when they are first called.
    pub(crate) fn validates_lazily(&self, len_bytes: usize) -> bool {
        len_bytes > self.0.lazy_validation_above_bytes
    }

    pub(crate) fn auxiliary_fuel(&self) -> u64 {
        self.0.auxiliary_fuel
    }
}

impl Default for Engine {
    fn default() -> Self {
        Engine::build(&Config::default())
    }
}

/// The core proposals that the interpreter runs: what a module may use.
pub(crate) fn core_features() -> wasmparser::WasmFeatures {
    use wasmparser::WasmFeatures as F;
    F::MUTABLE_GLOBAL
        | F::SATURATING_FLOAT_TO_INT
        | F::SIGN_EXTENSION
        | F::REFERENCE_TYPES
        | F::MULTI_VALUE
        | F::BULK_MEMORY
        | F::SIMD
        | F::RELAXED_SIMD
        | F::TAIL_CALL
        | F::FLOATS
        | F::MULTI_MEMORY
        | F::MEMORY64
        | F::EXTENDED_CONST
        | F::GC_TYPES
        | F::WIDE_ARITHMETIC
}

/// The parts of the component model that decode and type-check.
pub(crate) fn component_features() -> wasmparser::WasmFeatures {
    use wasmparser::WasmFeatures as F;
    F::COMPONENT_MODEL
        | F::CM_ASYNC
        | F::CM_ASYNC_STACKFUL
        | F::CM_MORE_ASYNC_BUILTINS
        | F::CM_THREADING
        | F::CM_ERROR_CONTEXT
        | F::CM_FIXED_LENGTH_LISTS
        | F::CM_MAP
        | F::CM_IMPLEMENTS
}
