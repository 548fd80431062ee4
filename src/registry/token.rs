//! Import tokens: the capabilities that an entry may list under `imports`, and the interfaces each one enables.

use std::fmt;
use std::str::FromStr;

use super::near;
use super::tree::quote;
use crate::Error;

/// A group of interfaces that an entry enables for its guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Token {
    /// `wasi:io`: errors, streams, poll.
    Io,
    /// `wasi:poll`: poll alone.
    Poll,
    /// `wasi:clocks`.
    Clocks,
    /// `wasi:cli`: arguments, environment, standard streams, terminal, exit.
    Cli,
    /// `wasi:filesystem`.
    Filesystem,
    /// `wasi:random`.
    Random,
    /// `wasi:sockets`.
    Sockets,
    /// `wasi:http`: outgoing requests.
    Http,
    /// `funcs`: calls of other functions.
    Funcs,
    /// `wasi1`: preview 1 for core modules.
    Wasi1,
}

impl Token {
    /// All tokens, in the order of the documentation.
    pub const ALL: [Token; 10] = [
        Token::Io,
        Token::Poll,
        Token::Clocks,
        Token::Cli,
        Token::Filesystem,
        Token::Random,
        Token::Sockets,
        Token::Http,
        Token::Funcs,
        Token::Wasi1,
    ];

    /// The name, as `imports` has it.
    pub fn name(self) -> &'static str {
        match self {
            Token::Io => "wasi:io",
            Token::Poll => "wasi:poll",
            Token::Clocks => "wasi:clocks",
            Token::Cli => "wasi:cli",
            Token::Filesystem => "wasi:filesystem",
            Token::Random => "wasi:random",
            Token::Sockets => "wasi:sockets",
            Token::Http => "wasi:http",
            Token::Funcs => "funcs",
            Token::Wasi1 => "wasi1",
        }
    }

    /// The interfaces it enables, without versions; for `wasi1` the import module of core modules.
    pub fn interfaces(self) -> &'static [&'static str] {
        match self {
            Token::Io => &["wasi:io/error", "wasi:io/streams", "wasi:io/poll"],
            Token::Poll => &["wasi:io/poll"],
            Token::Clocks => &["wasi:clocks/wall-clock", "wasi:clocks/monotonic-clock"],
            Token::Cli => &[
                "wasi:cli/environment",
                "wasi:cli/exit",
                "wasi:cli/stdin",
                "wasi:cli/stdout",
                "wasi:cli/stderr",
                "wasi:cli/terminal-input",
                "wasi:cli/terminal-output",
                "wasi:cli/terminal-stdin",
                "wasi:cli/terminal-stdout",
                "wasi:cli/terminal-stderr",
            ],
            Token::Filesystem => &["wasi:filesystem/types", "wasi:filesystem/preopens"],
            Token::Random => &["wasi:random/random", "wasi:random/insecure", "wasi:random/insecure-seed"],
            Token::Sockets => &[
                "wasi:sockets/network",
                "wasi:sockets/instance-network",
                "wasi:sockets/ip-name-lookup",
                "wasi:sockets/tcp",
                "wasi:sockets/tcp-create-socket",
                "wasi:sockets/udp",
                "wasi:sockets/udp-create-socket",
            ],
            Token::Http => &["wasi:http/types", "wasi:http/outgoing-handler"],
            Token::Funcs => &["nojit:runtime/funcs", "wippy:runtime/funcs"],
            Token::Wasi1 => &["wasi_snapshot_preview1"],
        }
    }

    /// The token that enables `interface`, as in `wasi:filesystem/preopens@0.2.3`.
    ///
    /// Every 0.2 version of WASI is the same to a token; no version is too. `wasi:io/poll` belongs to two tokens, of which
    /// `wasi:io` is the answer. None when no token enables it.
    pub fn for_interface(interface: &str) -> Option<Token> {
        let (name, version) = match interface.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (interface, None),
        };
        let token = Token::ALL.into_iter().find(|token| token.interfaces().contains(&name))?;
        let served = match (token, version) {
            (_, None) => true,
            (Token::Wasi1, Some(_)) => false,
            (Token::Funcs, Some(version)) => version == "0.1.0",
            (_, Some(version)) => version
                .strip_prefix("0.2.")
                .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit())),
        };
        served.then_some(token)
    }

    /// The token written as `text`, or a sentence with the near token and the list of them.
    pub(crate) fn parse(text: &str) -> Result<Token, String> {
        let name = text.split_once('@').map_or(text, |(name, _)| name);
        if let Some(token) = Token::ALL.into_iter().find(|token| token.name().eq_ignore_ascii_case(name)) {
            return Ok(token);
        }
        if let Some(token) = Token::for_interface(&name.to_ascii_lowercase()) {
            return Err(format!("{} is an interface; enable it with {token}", quote(text)));
        }
        let names = Token::ALL.map(Token::name);
        let meant = near::nearest(name, names);
        let meant = meant.map_or(String::new(), |near| format!("did you mean {near}? "));
        Err(format!("unknown import {}; {meant}known are {}", quote(text), names.join(", ")))
    }
}

impl FromStr for Token {
    type Err = Error;

    /// Reads a token in any case and with any `@version`.
    fn from_str(text: &str) -> Result<Token, Error> {
        Token::parse(text).map_err(Error::invalid)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_in_any_case_and_version() {
        assert_eq!(Token::parse("wasi:io"), Ok(Token::Io));
        assert_eq!(Token::parse("WASI:Http@0.2.3"), Ok(Token::Http));
        assert_eq!(Token::parse("funcs"), Ok(Token::Funcs));
        for token in Token::ALL {
            assert_eq!(Token::parse(token.name()), Ok(token));
        }
    }

    #[test]
    fn unknown_tokens_show_the_list() {
        let check = |text: &str, expected: &str| assert_eq!(Token::parse(text), Err(expected.to_owned()), "{text:?}");
        let list = "known are wasi:io, wasi:poll, wasi:clocks, wasi:cli, wasi:filesystem, wasi:random, wasi:sockets, \
                    wasi:http, funcs, wasi1";
        check("wasi:nn", &format!("unknown import \"wasi:nn\"; did you mean wasi:io? {list}"));
        check("gpu", &format!("unknown import \"gpu\"; {list}"));
        check("wasi:io/poll@0.2.0", "\"wasi:io/poll@0.2.0\" is an interface; enable it with wasi:io");
    }

    #[test]
    fn an_interface_leads_to_its_token() {
        for token in Token::ALL {
            for interface in token.interfaces() {
                let expected = if token == Token::Poll { Token::Io } else { token };
                assert_eq!(Token::for_interface(interface), Some(expected), "{interface}");
            }
        }
        let check = |interface: &str, expected: Option<Token>| {
            assert_eq!(Token::for_interface(interface), expected, "{interface}");
        };
        check("wasi:filesystem/preopens@0.2.3", Some(Token::Filesystem));
        check("nojit:runtime/funcs@0.1.0", Some(Token::Funcs));
        check("wippy:runtime/funcs@0.2.0", None);
        check("wasi:filesystem/preopens@0.3.0", None);
        check("wasi:filesystem/preopens@0.2.", None);
        check("wasi:nn/graph", None);
    }
}
