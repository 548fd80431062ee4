//! How many files and sockets the process may have open. Knows no guest: theirs is a limit of its own.

/// Lets the process have as many files and sockets open as the system gives it at most: where the usual limit is 1,024, a server
/// would have less than a tenth of the connections that it takes. It stays as it is where there is no such limit.
pub fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current != maximum {
            // Where it is refused, as for some processes of macOS, the limit stays as it is.
            let _refused = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        }
    }
}
