//! The other side: the interpreter as it is, configured as the engine configures it.

use wasmi::{
    CompilationMode, Config, CustomFuelCosts, Engine, Extern, Instance, Module, Store, TypedFunc, WasmParams,
    WasmResults,
};

use super::row::Result;

/// An engine with metering on.
pub(crate) fn engine(mode: CompilationMode) -> Engine {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: 64,
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        .compilation_mode(mode)
        .ignore_custom_sections(true)
        .wasm_wide_arithmetic(true)
        .set_max_recursion_depth(50_000)
        .set_max_stack_height(16 << 20);
    Engine::new(&config)
}

/// A store with fuel for everything.
pub(crate) fn store(engine: &Engine) -> Result<Store<()>> {
    let mut store = Store::new(engine, ());
    store.set_fuel(u64::MAX)?;
    Ok(store)
}

/// An instance of a module's text.
pub(crate) fn instantiate(store: &mut Store<()>, text: &str, imports: &[Extern]) -> Result<Instance> {
    let module = Module::new(store.engine(), wat::parse_str(text)?)?;
    Ok(Instance::new(store, &module, imports)?)
}

/// A function of a module that imports nothing, and its store.
pub(crate) fn func<P: WasmParams, R: WasmResults>(text: &str, name: &str) -> Result<(Store<()>, TypedFunc<P, R>)> {
    let mut store = store(&engine(CompilationMode::Lazy))?;
    let func = instantiate(&mut store, text, &[])?.get_typed_func(&store, name)?;
    Ok((store, func))
}
