//! One row: two things that are timed in turns, and how their times compare.

use std::{
    error::Error,
    fmt,
    time::{Duration, Instant},
};

/// What a bench fails with: something that it measures does not work.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Runs an operation some times; how long it took.
pub(crate) type Batch = Box<dyn FnMut(u64) -> Result<Duration>>;

/// Turns of both sides.
const ROUNDS: usize = 61;

/// How long one side runs in one turn, about.
const TURN: Duration = Duration::from_millis(3);

/// The head of the table.
pub(crate) const HEADER: &str = "\
| measure | ours | theirs | ratio (median) | ratio (min) | bound | |
|---|--:|--:|--:|--:|--:|---|";

/// A comparison.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Operations in one run: times are given for one.
    pub(crate) operations: u64,
    pub(crate) ours: Batch,
    pub(crate) theirs: Option<Batch>,
    /// The ratio that is still good; none is only reported.
    pub(crate) bound: Option<f64>,
}

/// What a row gave.
pub(crate) struct Measured {
    name: &'static str,
    unit: Unit,
    ours: f64,
    theirs: Option<f64>,
    /// Median and minimum over the rounds.
    ratios: Option<(f64, f64)>,
    bound: Option<f64>,
}

/// What a row counts.
#[derive(Clone, Copy)]
enum Unit {
    Nanoseconds,
    Bytes,
}

/// A batch that is made when it first runs, for one that takes long to make or much memory.
pub(crate) fn lazily(make: impl FnOnce() -> Result<Batch> + 'static) -> Batch {
    let (mut make, mut made) = (Some(make), None);
    Box::new(move |count| {
        let batch: &mut Batch = match (&mut made, make.take()) {
            (Some(batch), _) => batch,
            (none, Some(make)) => none.insert(make()?),
            (None, None) => return Err("it could not be made before".into()),
        };
        batch(count)
    })
}

/// Times `operation` and nothing else.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub(crate) fn batch(mut operation: impl FnMut() -> Result<()> + 'static) -> Batch {
    Box::new(move |count| {
        let start = Instant::now();
        for _ in 0..count {
            operation()?;
        }
        Ok(start.elapsed())
    })
}

/// Times `operation`, not the `prepare` before each.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub(crate) fn batch_with<P>(
    mut prepare: impl FnMut() -> P + 'static,
    mut operation: impl FnMut(&P) -> Result<()> + 'static,
) -> Batch {
    Box::new(move |count| {
        let mut total = Duration::ZERO;
        for _ in 0..count {
            let prepared = prepare();
            let start = Instant::now();
            operation(&prepared)?;
            total += start.elapsed();
        }
        Ok(total)
    })
}

impl Row {
    /// The other side alone, if there is one.
    pub(crate) fn into_theirs(self) -> Option<Row> {
        Some(Row { ours: self.theirs?, theirs: None, ..self })
    }

    /// Takes turns and compares.
    pub(crate) fn measure(mut self) -> Result<Measured> {
        let ours_count = calibrate(&mut self.ours)?;
        let theirs_count = self.theirs.as_mut().map(calibrate).transpose()?;
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let per_operation = |time: Duration, count: u64| time.as_secs_f64() * 1e9 / (count * self.operations) as f64;
        for _ in 0..ROUNDS {
            let our_ns = per_operation((self.ours)(ours_count)?, ours_count);
            ours.push(our_ns);
            if let (Some(batch), Some(count)) = (&mut self.theirs, theirs_count) {
                let their_ns = per_operation(batch(count)?, count);
                theirs.push(their_ns);
                ratios.push(our_ns / their_ns);
            }
        }
        Ok(Measured::times(self.name, &mut ours, &mut theirs, &mut ratios, self.bound))
    }
}

/// How many operations fill a turn.
fn calibrate(batch: &mut Batch) -> Result<u64> {
    // The first operation translates the guest's functions.
    batch(1)?;
    let mut count = 1;
    loop {
        let time = batch(count)?;
        if time >= TURN / 2 {
            let turns = TURN.as_secs_f64() / time.as_secs_f64();
            return Ok(((count as f64 * turns) as u64).max(1));
        }
        count *= 2;
    }
}

/// The median; none of none.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Measured {
    /// Times in nanoseconds and their ratios, round by round.
    pub(crate) fn times(
        name: &'static str,
        ours: &mut [f64],
        theirs: &mut [f64],
        ratios: &mut [f64],
        bound: Option<f64>,
    ) -> Measured {
        let ratios = median(ratios).map(|median| (median, ratios.iter().copied().fold(f64::INFINITY, f64::min)));
        let (unit, ours) = (Unit::Nanoseconds, median(ours).unwrap_or_default());
        Measured { name, unit, ours, theirs: median(theirs), ratios, bound }
    }

    /// So many bytes, compared with nothing.
    pub(crate) fn size(name: &'static str, bytes: f64) -> Measured {
        Measured { name, unit: Unit::Bytes, ours: bytes, theirs: None, ratios: None, bound: None }
    }

    /// Whether the ratio is beyond the bound; none if there is no bound, or nothing was compared.
    pub(crate) fn is_over(&self) -> Option<bool> {
        Some(self.ratios?.0 > self.bound?)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let theirs = self.theirs.map_or("-".to_owned(), |theirs| self.unit.text(theirs));
        write!(f, "| {} | {} | {theirs} ", self.name, self.unit.text(self.ours))?;
        match self.ratios {
            Some((median, min)) => write!(f, "| {median:.2} | {min:.2} ")?,
            None => f.write_str("| - | - ")?,
        }
        match self.bound {
            Some(bound) => write!(f, "| {bound:.2} ")?,
            None => f.write_str("| - ")?,
        }
        f.write_str(match self.is_over() {
            Some(true) => "| over |",
            Some(false) => "| ok |",
            None => "| report |",
        })
    }
}

impl Unit {
    fn text(self, value: f64) -> String {
        match (self, value) {
            (Unit::Bytes, _) => format!("{:.1} KiB", value / 1024.0),
            (Unit::Nanoseconds, 0.0..1e4) => format!("{value:.1} ns"),
            (Unit::Nanoseconds, 1e4..1e7) => format!("{:.1} µs", value / 1e3),
            (Unit::Nanoseconds, _) => format!("{:.1} ms", value / 1e6),
        }
    }
}
