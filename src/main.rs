//! The `nojit` command.

fn main() -> std::process::ExitCode {
    nojit::cli::main()
}
