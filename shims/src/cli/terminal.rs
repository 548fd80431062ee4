//! `wasi:cli/terminal-*`: whether a standard stream is a terminal. The resources have no functions yet.

use crate::{Handle, Trap, Wasi};

/// The resource `terminal-input`.
#[derive(Debug)]
pub struct TerminalInput(());

/// The resource `terminal-output`.
#[derive(Debug)]
pub struct TerminalOutput(());

/// `get-terminal-stdin: func() -> option<terminal-input>`
pub fn get_terminal_stdin(wasi: &mut Wasi) -> Option<Handle<TerminalInput>> {
    wasi.is_terminal[0].then(|| wasi.table.push(TerminalInput(())))
}

/// `get-terminal-stdout: func() -> option<terminal-output>`
pub fn get_terminal_stdout(wasi: &mut Wasi) -> Option<Handle<TerminalOutput>> {
    wasi.is_terminal[1].then(|| wasi.table.push(TerminalOutput(())))
}

/// `get-terminal-stderr: func() -> option<terminal-output>`
pub fn get_terminal_stderr(wasi: &mut Wasi) -> Option<Handle<TerminalOutput>> {
    wasi.is_terminal[2].then(|| wasi.table.push(TerminalOutput(())))
}

/// Drops a `terminal-input`.
///
/// # Errors
///
/// If there is no such resource.
pub fn drop_terminal_input(wasi: &mut Wasi, this: Handle<TerminalInput>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}

/// Drops a `terminal-output`.
///
/// # Errors
///
/// If there is no such resource.
pub fn drop_terminal_output(wasi: &mut Wasi, this: Handle<TerminalOutput>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
