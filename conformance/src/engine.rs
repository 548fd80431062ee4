//! Everything the runners ask of the library under test. No other module names it.

use std::fmt;

use nojit::{
    Error, Fault, Trap,
    component::{Component, Config, Engine, Instance, Linker, Module, Store, Val},
};
use wast::{WastArg, WastRet, component::WastVal};

use crate::mode::Mode;

/// Fuel of one instance: far more than a test needs, and little enough that one which never ends is noticed.
const FUEL: u64 = 100_000_000;

/// Why the engine refused something.
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    /// The engine's message.
    message: String,
}

/// What a failure says about the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailureKind {
    /// The guest trapped.
    Trap(Trap),
    /// The component or the request is wrong.
    Refused,
    /// A host function failed, or the engine says itself that it is broken.
    Broken,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match (error.as_trap(), error.fault()) {
            (Some(trap), _) => FailureKind::Trap(trap),
            (None, Fault::Guest | Fault::Config) => FailureKind::Refused,
            (None, _) => FailureKind::Broken,
        };
        Failure { kind, message: error.to_string() }
    }
}

impl Failure {
    fn refused(message: String) -> Failure {
        Failure { kind: FailureKind::Refused, message }
    }

    /// The failure as one line that names its kind.
    pub fn describe(&self) -> String {
        match self.kind {
            FailureKind::Trap(trap) => format!("trap {trap:?}: {}", self.message),
            FailureKind::Refused => format!("refused: {}", self.message.replace('\n', " ")),
            FailureKind::Broken => format!("engine failure: {}", self.message),
        }
    }

    /// The failure as far as it is the same in every mode and run. The messages of refusals are not: the validator
    /// numbers the types of a process.
    pub fn trace(&self) -> String {
        match self.kind {
            FailureKind::Refused => "refused".to_owned(),
            FailureKind::Trap(_) | FailureKind::Broken => self.describe(),
        }
    }

    /// Whether a component was turned down as it should be: not by a trap and not by a defect of the engine.
    pub fn is_refusal(&self) -> bool {
        self.kind == FailureKind::Refused
    }

    /// Whether the guest ran out of stack.
    pub fn is_exhaustion(&self) -> bool {
        self.kind == FailureKind::Trap(Trap::StackOverflow)
    }

    /// Whether this is the trap that a script describes as `expected`.
    ///
    /// Messages are the engine's own, so only the kind of trap is compared. An `unreachable` counts only where it is
    /// expected, since the scripts' own checks end in it.
    pub fn is_trap(&self, expected: &str) -> bool {
        let FailureKind::Trap(trap) = self.kind else { return false };
        let says = |words: &[&str]| words.iter().any(|word| expected.contains(word));
        if says(&["unreachable"]) {
            trap == Trap::Unreachable
        } else if says(&["cannot leave"]) {
            trap == Trap::CannotLeave
        } else if says(&["cannot enter"]) {
            trap == Trap::CannotEnter
        } else if says(&["out of bounds", "out-of-bounds", "beyond end"]) {
            matches!(trap, Trap::CanonicalAbi | Trap::MemoryOutOfBounds | Trap::TableOutOfBounds)
        } else {
            matches!(trap, Trap::CanonicalAbi | Trap::Other)
        }
    }
}

/// An engine for one run of one script.
pub struct Session {
    engine: Engine,
    mode: Mode,
    lost_fuel: u64,
}

/// What a call returned, or what a script expects of it. Equal if the values are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<Val>);

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [] => f.write_str("nothing"),
            [value] => write!(f, "{value:?}"),
            values => write!(f, "{values:?}"),
        }
    }
}

/// A component that passed decoding and validation.
#[derive(Clone)]
pub struct Definition(Component);

/// An instance with a store of its own, so that the trap of one leaves the others alone.
pub struct Running {
    store: Store<()>,
    instance: Instance,
}

impl Session {
    /// A session whose stores are set up for `mode`.
    ///
    /// # Errors
    ///
    /// The engine does not start.
    pub fn new(mode: Mode) -> Result<Session, Failure> {
        Ok(Session { engine: Engine::new(&Config::default())?, mode, lost_fuel: 0 })
    }

    /// Decodes, validates and plans a component.
    ///
    /// # Errors
    ///
    /// It is malformed, invalid or not supported.
    pub fn define(&self, binary: &[u8]) -> Result<Definition, Failure> {
        Ok(Definition(Component::new(&self.engine, binary)?))
    }

    /// Instantiates a component with no imports at hand.
    ///
    /// # Errors
    ///
    /// An import is missing, or the start of the component traps.
    pub fn instantiate(&mut self, definition: &Definition) -> Result<Running, Failure> {
        let mut store = Store::new(&self.engine, ());
        store.set_slice(self.mode.slice());
        store.park_host_calls(self.mode.parks_host_calls());
        store.set_fuel(Some(FUEL));
        let linker = Linker::<()>::new(&self.engine);
        match linker.instantiate(&mut store, &definition.0) {
            Ok(instance) => Ok(Running { store, instance }),
            Err(error) => {
                self.lost_fuel += store.fuel_consumed();
                Err(error.into())
            }
        }
    }

    /// The fuel that instantiations used up which failed.
    pub fn lost_fuel(&self) -> u64 {
        self.lost_fuel
    }
}

impl Running {
    /// Calls an export and returns its results.
    ///
    /// # Errors
    ///
    /// There is no such export, the arguments do not fit, or the guest traps.
    pub fn call(&mut self, export: &str, args: &[WastArg<'_>]) -> Result<Values, Failure> {
        let args = args.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        let Some(func) = self.instance.get_func(&mut self.store, export) else {
            return Err(Failure::refused(format!("the instance exports no function `{export}`")));
        };
        let has_result = func.ty().result().is_some();
        let mut results = vec![Val::Bool(false); usize::from(has_result)];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(Values(results))
    }

    /// The fuel that this instance has used so far.
    pub fn fuel_consumed(&self) -> u64 {
        self.store.fuel_consumed()
    }
}

/// The values that a script expects.
///
/// # Errors
///
/// One of them is a value of core WebAssembly.
pub fn expected_values(results: &[WastRet<'_>]) -> Result<Values, String> {
    let value = |result: &WastRet<'_>| match result {
        WastRet::Component(value) => Ok(val(value)),
        other => Err(format!("a component returns no core value: {other:?}")),
    };
    results.iter().map(value).collect::<Result<_, _>>().map(Values)
}

/// Fuzz target: any bytes are a component or refused, and never a defect of the engine.
#[expect(clippy::panic, reason = "that is how a fuzz target reports a finding")]
pub(crate) fn fuzz_decode(input: &[u8]) {
    let outcome = Session::new(Mode::Unsliced).and_then(|session| session.define(input));
    if let Err(failure) = outcome
        && !failure.is_refusal()
    {
        panic!("{}", failure.describe());
    }
}

/// Fuel of a component that a fuzzer made: enough for a few calls, and little enough for slices of one unit.
const FUZZ_FUEL: u64 = 20_000;

/// Fuzz target: any component shows the same in all modes, and never a defect of the engine.
#[expect(clippy::panic, reason = "that is how a fuzz target reports a finding")]
pub(crate) fn fuzz_run(input: &[u8]) {
    let engine = Engine::default();
    let Ok(component) = Component::new(&engine, input) else { return };
    let [first, others @ ..] = Mode::ALL;
    let expected = observe(&component, first);
    for mode in others {
        let found = observe(&component, mode);
        assert!(found == expected, "{}: {found:#?}\n{}: {expected:#?}", mode.name(), first.name());
    }
    if let Some(defect) = expected.iter().find(|line| line.contains("engine failure")) {
        panic!("{defect}");
    }
}

/// What instantiating a component and calling what takes no argument shows, line by line.
fn observe(component: &Component, mode: Mode) -> Vec<String> {
    let mut store = Store::new(component.engine(), ());
    store.set_slice(mode.slice());
    store.park_host_calls(mode.parks_host_calls());
    store.set_fuel(Some(FUZZ_FUEL));
    store.set_max_memory(16 << 20);
    store.set_max_copy(1 << 20);
    let mut linker = Linker::<()>::new(component.engine());
    linker.define_unknown_imports_as_traps(component);
    let mut lines = Vec::new();
    let mut show = |what: &str, answer: Result<String, Error>, fuel: u64, memory: usize| {
        let answer = answer.unwrap_or_else(|error| Failure::from(error).trace());
        lines.push(format!("{what}: {answer} (fuel {fuel}, memory {memory})"));
    };
    let instance = linker.instantiate(&mut store, component);
    let made = instance.as_ref().map(|_| String::from("made"));
    let made = made.map_err(|error| Error::new(error.fault(), error.kind(), error.to_string()));
    show("instantiate", made, store.fuel_consumed(), store.memory_bytes());
    let Ok(instance) = instance else { return lines };
    for name in component.function_names() {
        let Some(func) = instance.get_func(&mut store, &name) else { continue };
        if func.ty().params().len() > 0 {
            continue;
        }
        let mut results = vec![Val::Bool(false); usize::from(func.ty().result().is_some())];
        let called = func.call(&mut store, &[], &mut results).map(|()| Values(results).to_string());
        show(&name, called, store.fuel_consumed(), store.memory_bytes());
    }
    lines
}

/// Fuzz target: WIT, a zero byte, and a module or its text; what comes out is a component.
#[expect(clippy::panic, reason = "that is how a fuzz target reports a finding")]
pub(crate) fn fuzz_wrap(input: &[u8]) {
    let (wit, module) = match input.iter().position(|byte| *byte == 0) {
        Some(at) if at > 0 => (str::from_utf8(&input[..at]).ok(), &input[at + 1..]),
        Some(_) => (None, &input[1..]),
        None => (None, input),
    };
    match nojit::component::wrap::wrap(module, wit) {
        Ok(component) => {
            // Bodies are not looked at: an invalid module makes an invalid component.
            let engine = Engine::default();
            let is_valid = wat::parse_bytes(module).is_ok_and(|binary| Module::new(&engine, binary).is_ok());
            if let Err(error) = Component::new(&engine, &component)
                && (error.fault() == Fault::Bug || is_valid)
            {
                panic!("what was wrapped is no component: {error}");
            }
        }
        Err(error) => assert!(error.fault() != Fault::Bug, "{error}"),
    }
}

fn argument(arg: &WastArg<'_>) -> Result<Val, Failure> {
    match arg {
        WastArg::Component(value) => Ok(val(value)),
        other => Err(Failure::refused(format!("a component takes no core value: {other:?}"))),
    }
}

fn val(value: &WastVal<'_>) -> Val {
    match value {
        WastVal::Bool(value) => Val::Bool(*value),
        WastVal::U8(value) => Val::U8(*value),
        WastVal::S8(value) => Val::S8(*value),
        WastVal::U16(value) => Val::U16(*value),
        WastVal::S16(value) => Val::S16(*value),
        WastVal::U32(value) => Val::U32(*value),
        WastVal::S32(value) => Val::S32(*value),
        WastVal::U64(value) => Val::U64(*value),
        WastVal::S64(value) => Val::S64(*value),
        WastVal::F32(value) => Val::Float32(f32::from_bits(value.bits)),
        WastVal::F64(value) => Val::Float64(f64::from_bits(value.bits)),
        WastVal::Char(value) => Val::Char(*value),
        WastVal::String(value) => Val::String((*value).to_owned()),
        WastVal::List(values) => Val::List(values.iter().map(val).collect()),
        WastVal::Map(entries) => Val::Map(entries.iter().map(|(key, value)| (val(key), val(value))).collect()),
        WastVal::Record(fields) => Val::Record(fields.iter().map(|(n, value)| ((*n).to_owned(), val(value))).collect()),
        WastVal::Tuple(values) => Val::Tuple(values.iter().map(val).collect()),
        WastVal::Variant(case, payload) => Val::Variant((*case).to_owned(), boxed(payload)),
        WastVal::Enum(case) => Val::Enum((*case).to_owned()),
        WastVal::Option(payload) => Val::Option(boxed(payload)),
        WastVal::Result(Ok(payload)) => Val::Result(Ok(boxed(payload))),
        WastVal::Result(Err(payload)) => Val::Result(Err(boxed(payload))),
        WastVal::Flags(names) => Val::Flags(names.iter().map(|name| (*name).to_owned()).collect()),
    }
}

fn boxed(payload: &Option<Box<WastVal<'_>>>) -> Option<Box<Val>> {
    payload.as_deref().map(|value| Box::new(val(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trap(trap: Trap) -> Failure {
        Error::trap(trap, "a test").into()
    }

    #[test]
    fn a_failed_check_of_a_script_is_no_expected_trap() {
        assert!(trap(Trap::CanonicalAbi).is_trap("unaligned pointer"));
        assert!(!trap(Trap::Unreachable).is_trap("unaligned pointer"));
        assert!(!trap(Trap::OutOfFuel).is_trap("unaligned pointer"));
        assert!(!trap(Trap::MissingImport).is_trap("unaligned pointer"));
        assert!(trap(Trap::Unreachable).is_trap("wasm `unreachable` instruction executed"));
    }

    #[test]
    fn a_refusal_is_no_trap_and_a_trap_no_refusal() {
        let refusal = Failure::from(Error::malformed("a test"));
        assert!(refusal.is_refusal() && !refusal.is_trap("anything"));
        assert!(!trap(Trap::CanonicalAbi).is_refusal());
    }

    #[test]
    fn a_defect_of_the_engine_is_neither() {
        let bug = Failure::from(Error::bug("a test"));
        assert!(!bug.is_refusal() && !bug.is_trap("anything"));
    }
}
