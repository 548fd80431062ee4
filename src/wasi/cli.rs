//! `wasi:cli`, but for `run`, which guests export.

use nojit_shims::cli::{environment, exit, stdio, terminal};

use super::{WasiView, interface::Package};
use crate::error::Result;

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    let mut of_environment = package.interface("wasi:cli/environment")?;
    of_environment.func("get-environment", |wasi, ()| environment::get_environment(wasi))?;
    of_environment.func("get-arguments", |wasi, ()| environment::get_arguments(wasi))?;
    of_environment.func("initial-cwd", |wasi, ()| Ok(environment::initial_cwd(wasi)))?;

    let mut of_exit = package.interface("wasi:cli/exit")?;
    of_exit.procedure("exit", |_, (status,)| Err(exit::exit(status)))?;
    of_exit.procedure("exit-with-code", |_, (code,)| Err(exit::exit_with_code(code)))?;

    package.interface("wasi:cli/stdin")?.func("get-stdin", |wasi, ()| Ok(stdio::get_stdin(wasi)))?;
    package.interface("wasi:cli/stdout")?.func("get-stdout", |wasi, ()| Ok(stdio::get_stdout(wasi)))?;
    package.interface("wasi:cli/stderr")?.func("get-stderr", |wasi, ()| Ok(stdio::get_stderr(wasi)))?;
    define_terminals(package)
}

fn define_terminals<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    package.interface("wasi:cli/terminal-input")?.resource("terminal-input", terminal::drop_terminal_input)?;
    package.interface("wasi:cli/terminal-output")?.resource("terminal-output", terminal::drop_terminal_output)?;
    package
        .interface("wasi:cli/terminal-stdin")?
        .func("get-terminal-stdin", |wasi, ()| Ok(terminal::get_terminal_stdin(wasi)))?;
    package
        .interface("wasi:cli/terminal-stdout")?
        .func("get-terminal-stdout", |wasi, ()| Ok(terminal::get_terminal_stdout(wasi)))?;
    package
        .interface("wasi:cli/terminal-stderr")?
        .func("get-terminal-stderr", |wasi, ()| Ok(terminal::get_terminal_stderr(wasi)))
}
