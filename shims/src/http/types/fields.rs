//! The resource `fields`: names and values in order, within a budget of bytes.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    Handle, Trap, Wasi,
    held::{Account, Held},
    http::HeaderError,
};

/// Fields that belong to the connection and not to the message, and `host`, which the authority is for: the host sets them.
const FORBIDDEN: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "host",
    "http2-settings",
];

/// Bytes that an entry counts beside those of its name and its value, as in HTTP/2 (RFC 9113, section 6.5.2).
const ENTRY_BYTES: usize = 32;

/// The resource `fields`, which is `headers` and `trailers` too. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    list: Arc<List>,
    is_immutable: bool,
}

/// Entries, which several fields may share.
#[derive(Debug, Default)]
struct List {
    entries: Vec<Entry>,
    /// What they count together.
    size_bytes: usize,
    /// Holds that much of the guest that made the list; nothing of one that came from outside.
    held: Option<Held>,
}

/// What fields may count.
struct Budget {
    /// Those of one message.
    limit: usize,
    /// All of the guest's.
    account: Account,
}

impl Budget {
    fn of(wasi: &Wasi) -> Self {
        Budget { limit: wasi.limits().field_bytes, account: wasi.http_account.clone() }
    }
}

/// A name as it was given, and one value.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    value: HeaderValue,
}

/// Why fields are not changed.
#[derive(Debug)]
enum Refusal {
    Header(HeaderError),
    /// The budget is used up.
    Full(Trap),
}

impl From<HeaderError> for Refusal {
    fn from(error: HeaderError) -> Self {
        Refusal::Header(error)
    }
}

/// What changing fields answers.
type Changed = Result<Result<(), HeaderError>, Trap>;

impl Entry {
    fn size_bytes(&self) -> usize {
        self.name.len() + self.value.len() + ENTRY_BYTES
    }

    fn is_of(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Fields {
    /// The fields of a message that came in, without those that are the host's.
    pub fn incoming(headers: &HeaderMap) -> Self {
        let entries = headers.iter().filter(|(name, _)| !FORBIDDEN.contains(&name.as_str()));
        let entries: Vec<_> =
            entries.map(|(name, value)| Entry { name: name.as_str().to_owned(), value: value.clone() }).collect();
        let size_bytes = entries.iter().map(Entry::size_bytes).sum();
        Fields { list: Arc::new(List { entries, size_bytes, held: None }), is_immutable: true }
    }

    /// The fields as they go out.
    pub fn to_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for entry in &self.list.entries {
            let name = HeaderName::from_bytes(entry.name.as_bytes()).expect("names are checked before they are kept");
            // More entries than a map holds do not fit the budget.
            let _fits = headers.try_append(name, entry.value.clone());
        }
        headers
    }

    /// The same fields, of a message from now on.
    pub(super) fn frozen(mut self) -> Self {
        self.is_immutable = true;
        self
    }

    /// What `content-length` says.
    pub(super) fn content_length(&self) -> Option<u64> {
        let entry = self.list.entries.iter().find(|entry| entry.is_of(header::CONTENT_LENGTH.as_str()))?;
        entry.value.to_str().ok().and_then(digits)
    }

    /// Whether `name` may be changed at all.
    fn check_name(&self, name: &str) -> Result<(), HeaderError> {
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderError::InvalidSyntax)?;
        if FORBIDDEN.contains(&parsed.as_str()) {
            return Err(HeaderError::Forbidden);
        }
        if self.is_immutable { Err(HeaderError::Immutable) } else { Ok(()) }
    }

    /// Replaces all values of `name`, where the first one stood.
    fn set(&mut self, name: &str, values: Vec<Vec<u8>>, budget: &Budget) -> Result<(), Refusal> {
        self.check_name(name)?;
        if is_content_length(name) && values.len() > 1 {
            return Err(HeaderError::InvalidSyntax.into());
        }
        let new: Result<Vec<Entry>, HeaderError> = values.into_iter().map(|value| entry(name, value)).collect();
        let new = new?;
        let kept = self.list.entries.iter().filter(|entry| !entry.is_of(name));
        let size_bytes = kept.chain(&new).map(Entry::size_bytes).sum();
        let entries = self.change(size_bytes, budget)?;
        let first = entries.iter().position(|entry| entry.is_of(name)).unwrap_or(entries.len());
        entries.retain(|entry| !entry.is_of(name));
        entries.splice(first..first, new);
        Ok(())
    }

    fn append(&mut self, name: &str, value: Vec<u8>, budget: &Budget) -> Result<(), Refusal> {
        self.check_name(name)?;
        let new = entry(name, value)?;
        // Two lengths are a way to smuggle a message in.
        if is_content_length(name) && self.content_length().is_some() {
            return Err(HeaderError::InvalidSyntax.into());
        }
        self.change(self.list.size_bytes + new.size_bytes(), budget)?.push(new);
        Ok(())
    }

    fn delete(&mut self, name: &str, budget: &Budget) -> Result<(), Refusal> {
        self.check_name(name)?;
        let kept = self.list.entries.iter().filter(|entry| !entry.is_of(name));
        let size_bytes = kept.map(Entry::size_bytes).sum();
        self.change(size_bytes, budget)?.retain(|entry| !entry.is_of(name));
        Ok(())
    }

    /// The entries, to be changed into some that count `size_bytes`.
    fn change(&mut self, size_bytes: usize, budget: &Budget) -> Result<&mut Vec<Entry>, Refusal> {
        if size_bytes > budget.limit {
            return Err(Refusal::Full(Trap::new(format!("fields of more than {} bytes", budget.limit))));
        }
        // A list of a guest that others share stays as it is; one from outside becomes the guest's.
        let own = Arc::get_mut(&mut self.list).filter(|list| list.held.is_some());
        if own.is_none() {
            let held = Some(budget.account.hold(0).map_err(Refusal::Full)?);
            let List { entries, size_bytes, .. } = &*self.list;
            self.list = Arc::new(List { entries: entries.clone(), size_bytes: *size_bytes, held });
        }
        let list = Arc::get_mut(&mut self.list).expect("nobody shares it yet, or else it was copied");
        if let Some(held) = &mut list.held {
            held.resize(size_bytes).map_err(Refusal::Full)?;
        }
        list.size_bytes = size_bytes;
        Ok(&mut list.entries)
    }
}

fn is_content_length(name: &str) -> bool {
    name.eq_ignore_ascii_case(header::CONTENT_LENGTH.as_str())
}

/// A number of digits alone: RFC 9110, section 8.6.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn entry(name: &str, value: Vec<u8>) -> Result<Entry, HeaderError> {
    let value = HeaderValue::try_from(value).map_err(|_| HeaderError::InvalidSyntax)?;
    if is_content_length(name) && value.to_str().ok().and_then(digits).is_none() {
        return Err(HeaderError::InvalidSyntax);
    }
    Ok(Entry { name: name.to_owned(), value })
}

impl Refusal {
    /// The answer to the guest, which is ended for a budget that is used up.
    fn settle(self) -> Changed {
        match self {
            Refusal::Header(error) => Ok(Err(error)),
            Refusal::Full(trap) => Err(trap),
        }
    }
}

/// `fields.constructor()`
pub fn new(wasi: &mut Wasi) -> Handle<Fields> {
    wasi.table.push(Fields::default())
}

/// `fields.from-list: static func(entries: list<tuple<field-name, field-value>>) -> result<fields, header-error>`
///
/// # Errors
///
/// If these are more bytes than fields may have.
pub fn from_list(wasi: &mut Wasi, list: Vec<(String, Vec<u8>)>) -> Result<Result<Handle<Fields>, HeaderError>, Trap> {
    let budget = Budget::of(wasi);
    let mut fields = Fields::default();
    for (name, value) in list {
        if let Err(refusal) = fields.append(&name, value, &budget) {
            return refusal.settle().map(|refused| refused.map(|()| wasi.table.push(fields)));
        }
    }
    Ok(Ok(wasi.table.push(fields)))
}

/// `fields.get: func(name: field-name) -> list<field-value>`
///
/// # Errors
///
/// If there are no such fields.
pub fn get(wasi: &Wasi, this: Handle<Fields>, name: &str) -> Result<Vec<Vec<u8>>, Trap> {
    let entries = wasi.table.get(this)?.list.entries.iter();
    Ok(entries.filter(|entry| entry.is_of(name)).map(|entry| entry.value.as_bytes().to_vec()).collect())
}

/// `fields.has: func(name: field-name) -> bool`
///
/// # Errors
///
/// If there are no such fields.
pub fn has(wasi: &Wasi, this: Handle<Fields>, name: &str) -> Result<bool, Trap> {
    Ok(wasi.table.get(this)?.list.entries.iter().any(|entry| entry.is_of(name)))
}

/// `fields.set: func(name: field-name, value: list<field-value>) -> result<_, header-error>`
///
/// # Errors
///
/// If there are no such fields, or they would be more bytes than they may.
pub fn set(wasi: &mut Wasi, this: Handle<Fields>, name: &str, values: Vec<Vec<u8>>) -> Changed {
    let budget = Budget::of(wasi);
    let changed = wasi.table.get_mut(this)?.set(name, values, &budget);
    changed.map_or_else(Refusal::settle, |()| Ok(Ok(())))
}

/// `fields.delete: func(name: field-name) -> result<_, header-error>`
///
/// # Errors
///
/// If there are no such fields.
pub fn delete(wasi: &mut Wasi, this: Handle<Fields>, name: &str) -> Changed {
    let budget = Budget::of(wasi);
    let changed = wasi.table.get_mut(this)?.delete(name, &budget);
    changed.map_or_else(Refusal::settle, |()| Ok(Ok(())))
}

/// `fields.append: func(name: field-name, value: field-value) -> result<_, header-error>`
///
/// # Errors
///
/// If there are no such fields, or they would be more bytes than they may.
pub fn append(wasi: &mut Wasi, this: Handle<Fields>, name: &str, value: Vec<u8>) -> Changed {
    let budget = Budget::of(wasi);
    let changed = wasi.table.get_mut(this)?.append(name, value, &budget);
    changed.map_or_else(Refusal::settle, |()| Ok(Ok(())))
}

/// `fields.entries: func() -> list<tuple<field-name, field-value>>`
///
/// # Errors
///
/// If there are no such fields.
pub fn entries(wasi: &Wasi, this: Handle<Fields>) -> Result<Vec<(String, Vec<u8>)>, Trap> {
    let entries = wasi.table.get(this)?.list.entries.iter();
    Ok(entries.map(|entry| (entry.name.clone(), entry.value.as_bytes().to_vec())).collect())
}

/// `fields.clone: func() -> fields`
///
/// # Errors
///
/// If there are no such fields.
pub fn clone(wasi: &mut Wasi, this: Handle<Fields>) -> Result<Handle<Fields>, Trap> {
    let fields = Fields { is_immutable: false, ..wasi.table.get(this)?.clone() };
    Ok(wasi.table.push(fields))
}

/// Drops fields.
///
/// # Errors
///
/// If there are no such fields.
pub fn drop_fields(wasi: &mut Wasi, this: Handle<Fields>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
