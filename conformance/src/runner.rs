//! Runs a script in every mode, judges its directives and compares the modes.

use std::collections::BTreeMap;

use crate::{
    engine::{self, Definition, Failure, Running, Session, Values},
    mode::Mode,
    panics,
    script::{Action, Call, Directive, Execute, Source},
};

/// What became of one directive.
#[derive(Debug)]
pub struct Outcome {
    /// The line of the directive, from 1.
    pub line: usize,
    /// Why it failed, if it did.
    pub verdict: Result<Passed, String>,
    /// How the modes differ, if they do.
    pub difference: Option<String>,
}

/// Who made a directive pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The engine.
    Engine,
    /// The reader of component text: the engine saw nothing of it.
    TextReader,
}

/// Runs a script in all modes.
pub fn run(script: &[Directive<'_>]) -> Vec<Outcome> {
    let [(base, observed), others @ ..] = Mode::ALL.map(|mode| (mode, run_in(script, mode)));
    let outcome = |(index, (directive, found)): (usize, (&Directive<'_>, Observation))| {
        let differing = others.iter().find(|(_, other)| other.get(index).is_none_or(|other| other.seen != found.seen));
        let difference = differing.map(|(mode, other)| {
            let other = other.get(index).map_or("nothing", |other| &other.seen);
            format!("{}: {}; {}: {other}", base.name(), found.seen, mode.name())
        });
        let verdict = found.verdict.map_err(|reason| format!("{}: {reason}", directive.action.keyword()));
        Outcome { line: directive.line, verdict, difference }
    };
    script.iter().zip(observed).enumerate().map(outcome).collect()
}

/// What happened to one directive in one mode.
struct Observation {
    verdict: Result<Passed, String>,
    /// Results, trap or refusal, and the fuel it took: what must be the same in every mode.
    seen: String,
}

fn run_in(script: &[Directive<'_>], mode: Mode) -> Vec<Observation> {
    match Session::new(mode) {
        Ok(session) => {
            let mut context = Context::new(session);
            script.iter().map(|directive| context.observe(&directive.action)).collect()
        }
        Err(failure) => {
            script.iter().map(|_| Observation { verdict: Err(failure.describe()), seen: failure.trace() }).collect()
        }
    }
}

/// Why a directive could not be carried out.
enum Stop {
    /// The text of the component is wrong, in these words.
    Text(String),
    /// The engine says so.
    Engine(Failure),
    /// The script, or what remains of it, does not allow it.
    Script(String),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Engine(failure)
    }
}

impl Stop {
    fn describe(&self) -> String {
        match self {
            Stop::Text(message) => format!("text: {message}"),
            Stop::Engine(failure) => failure.describe(),
            Stop::Script(message) => message.clone(),
        }
    }

    fn trace(&self) -> String {
        match self {
            Stop::Engine(failure) => failure.trace(),
            Stop::Text(_) | Stop::Script(_) => self.describe(),
        }
    }
}

/// What a script has defined and instantiated so far.
struct Context<'a> {
    session: Session,
    definitions: Names<'a, Definition>,
    instances: Names<'a, Running>,
    /// The fuel that all instances had used when the last directive was done.
    fuel: u64,
}

impl<'a> Context<'a> {
    fn new(session: Session) -> Self {
        Context { session, definitions: Names::default(), instances: Names::default(), fuel: 0 }
    }

    fn observe(&mut self, action: &Action<'a>) -> Observation {
        let observation = panics::catch(|| self.run(action)).unwrap_or_else(|panic| {
            self.forget(action);
            Observation { verdict: Err(format!("panicked: {panic}")), seen: panic }
        });
        let before = self.fuel;
        self.fuel =
            self.instances.all.iter().flatten().map(Running::fuel_consumed).sum::<u64>() + self.session.lost_fuel();
        Observation { seen: format!("{} [fuel {}]", observation.seen, self.fuel.saturating_sub(before)), ..observation }
    }

    fn run(&mut self, action: &Action<'a>) -> Observation {
        match action {
            Action::Component(name, source) => {
                let defined = self.define(*name, source);
                let started = defined.and_then(|()| self.start(*name));
                done(self.instances.put(*name, started))
            }
            Action::Definition(name, source) => done(self.define(*name, source)),
            Action::Instance { name, definition } => {
                let started = self.start(*definition);
                done(self.instances.put(*name, started))
            }
            Action::Invoke(call) => done(self.call(call).map(drop)),
            Action::AssertReturn(call, results) => returns(self.call(call), engine::expected_values(results)),
            Action::AssertTrap(Execute::Call(call), message) => traps(self.call(call), message),
            Action::AssertTrap(Execute::Instantiate(source), message) => {
                let started = self.compile(source).and_then(|definition| self.instantiate(&definition));
                traps(started.map(|_| Values::default()), message)
            }
            Action::AssertExhaustion(call) => exhausts(self.call(call)),
            Action::AssertMalformed(source) | Action::AssertInvalid(source) => refuses(self.compile(source).map(drop)),
            Action::AssertUnlinkable(source) => match self.compile(source) {
                Ok(definition) => refuses(self.instantiate(&definition).map(drop)),
                Err(stop) => done(Err(stop)),
            },
            Action::Unsupported(_) => done(Err(Stop::Script("the runner has no such directive".to_owned()))),
        }
    }

    fn compile(&self, source: &Source) -> Result<Definition, Stop> {
        match source {
            Source::Binary(binary) => Ok(self.session.define(binary)?),
            Source::NoText(message) => Err(Stop::Text(message.clone())),
        }
    }

    fn define(&mut self, name: Option<&'a str>, source: &Source) -> Result<(), Stop> {
        let compiled = self.compile(source);
        self.definitions.put(name, compiled)
    }

    fn instantiate(&mut self, definition: &Definition) -> Result<Running, Stop> {
        Ok(self.session.instantiate(definition)?)
    }

    fn start(&mut self, definition: Option<&str>) -> Result<Running, Stop> {
        match self.definitions.find(definition) {
            Some(Some(definition)) => Ok(self.session.instantiate(definition)?),
            _ => Err(Stop::Script(format!("there is no definition {}", shown(definition)))),
        }
    }

    fn call(&mut self, call: &Call<'a>) -> Result<Values, Stop> {
        match self.instances.find(call.instance) {
            Some(Some(instance)) => Ok(instance.call(call.export, &call.args)?),
            _ => Err(Stop::Script(format!("there is no instance {}", shown(call.instance)))),
        }
    }

    /// Throws away what a panic left half done.
    fn forget(&mut self, action: &Action<'a>) {
        match action {
            Action::Definition(name, _) => self.definitions.put_nothing(*name),
            Action::Component(name, _) | Action::Instance { name, .. } => self.instances.put_nothing(*name),
            Action::Invoke(call)
            | Action::AssertReturn(call, _)
            | Action::AssertExhaustion(call)
            | Action::AssertTrap(Execute::Call(call), _) => {
                if let Some(instance) = self.instances.find(call.instance) {
                    // A second panic of its drop would say nothing new.
                    let _ = panics::catch(|| *instance = None);
                }
            }
            _ => {}
        }
    }
}

/// Things by name, and the last one. One that failed takes its name's place too, so that nothing older answers for it.
struct Names<'a, T> {
    all: Vec<Option<T>>,
    named: BTreeMap<&'a str, usize>,
}

impl<T> Default for Names<'_, T> {
    fn default() -> Self {
        Names { all: Vec::new(), named: BTreeMap::new() }
    }
}

impl<'a, T> Names<'a, T> {
    fn put(&mut self, name: Option<&'a str>, thing: Result<T, Stop>) -> Result<(), Stop> {
        self.put_nothing(name);
        let thing = thing?;
        if let Some(last) = self.all.last_mut() {
            *last = Some(thing);
        }
        Ok(())
    }

    fn put_nothing(&mut self, name: Option<&'a str>) {
        if let Some(name) = name {
            self.named.insert(name, self.all.len());
        }
        self.all.push(None);
    }

    fn find(&mut self, name: Option<&str>) -> Option<&mut Option<T>> {
        match name {
            Some(name) => self.named.get(name).and_then(|&index| self.all.get_mut(index)),
            None => self.all.last_mut(),
        }
    }
}

fn shown(name: Option<&str>) -> String {
    name.map_or_else(|| "yet, or the last one failed".to_owned(), |name| format!("`${name}`, or it failed"))
}

/// Judges a directive that must succeed.
fn done(result: Result<(), Stop>) -> Observation {
    match result {
        Ok(()) => Observation { verdict: Ok(Passed::Engine), seen: "done".to_owned() },
        Err(stop) => Observation { verdict: Err(stop.describe()), seen: stop.trace() },
    }
}

/// Judges a call that must return `expected`.
fn returns(result: Result<Values, Stop>, expected: Result<Values, String>) -> Observation {
    let values = match result {
        Ok(values) => values,
        Err(stop) => return done(Err(stop)),
    };
    let verdict = match expected {
        Ok(expected) if expected == values => Ok(Passed::Engine),
        Ok(expected) => Err(format!("expected {expected}, found {values}")),
        Err(message) => Err(message),
    };
    Observation { verdict, seen: values.to_string() }
}

/// Judges a step that must end in the trap that the script describes as `expected`.
fn traps(result: Result<Values, Stop>, expected: &str) -> Observation {
    fails(result, |failure| failure.is_trap(expected), &format!("the trap `{expected}`"))
}

/// Judges a call that must run out of stack.
fn exhausts(result: Result<Values, Stop>) -> Observation {
    fails(result, Failure::is_exhaustion, "exhaustion of the stack")
}

/// Judges a step whose component must be turned down.
fn refuses(result: Result<(), Stop>) -> Observation {
    match result {
        Err(Stop::Text(message)) => Observation { verdict: Ok(Passed::TextReader), seen: message },
        other => fails(other.map(|()| Values::default()), Failure::is_refusal, "a refusal"),
    }
}

fn fails(result: Result<Values, Stop>, is_right: impl Fn(&Failure) -> bool, expected: &str) -> Observation {
    let (is_right, found, seen) = match result {
        Ok(values) => (false, format!("success: {values}"), values.to_string()),
        Err(stop) => (matches!(&stop, Stop::Engine(failure) if is_right(failure)), stop.describe(), stop.trace()),
    };
    let verdict = if is_right { Ok(Passed::Engine) } else { Err(format!("expected {expected}, found {found}")) };
    Observation { verdict, seen }
}
