//! The address of a service, as text: `127.0.0.1:8080`, `[::1]:80`, `:8080`, `localhost:8080`. Resolves no names.

use std::net::SocketAddr;

use super::super::tree::quote;

/// Reads an address; the error is the end of a sentence that begins with the name of the field.
pub(crate) fn parse(text: &str) -> Result<SocketAddr, String> {
    let form = || format!("must be address:port, such as 127.0.0.1:8080 (found {})", quote(text));
    let (host, port) = text.rsplit_once(':').ok_or_else(form)?;
    let is_number = !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    // The rest of an IPv6 address without brackets looks like a port.
    if !is_number || (host.contains(':') && !host.starts_with('[')) {
        return Err(form());
    }
    if port.parse::<u16>().is_err() {
        return Err(format!("must have a port of at most {} (found {})", u16::MAX, quote(text)));
    }
    let host = match host {
        "" => "0.0.0.0",
        "localhost" => "127.0.0.1",
        host => host,
    };
    format!("{host}:{port}").parse().map_err(|_| {
        if host.starts_with('[') {
            return form();
        }
        format!("must begin with an IP address or localhost, for names are not looked up (found {})", quote(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_an_address_and_a_port() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = parse(text).map(|addr| addr.to_string());
            let expected = expected.map(ToOwned::to_owned).map_err(|why| format!("{why} (found {text:?})"));
            assert_eq!(found, expected);
        };
        check("127.0.0.1:8080", Ok("127.0.0.1:8080"));
        check("[::1]:80", Ok("[::1]:80"));
        check(":8080", Ok("0.0.0.0:8080"));
        check("[::]:0", Ok("[::]:0"));
        check("localhost:0", Ok("127.0.0.1:0"));
        let form = Err("must be address:port, such as 127.0.0.1:8080");
        for bad in
            ["", "8080", "127.0.0.1", "::1", "::1:80", "[::1]", "[::1:80", "localhost:", "a:-1", ":+1", ":x", "[x]:1"]
        {
            check(bad, form);
        }
        check(":65536", Err("must have a port of at most 65535"));
        let name = Err("must begin with an IP address or localhost, for names are not looked up");
        for bad in ["example.com:80", "127.0.0:80", "*:80", "http://a:80", "1.2.3.4.5:1"] {
            check(bad, if bad.contains("//") { form } else { name });
        }
    }
}
