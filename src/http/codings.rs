//! Which coding of content a client takes (RFC 9110, section 12.5.3). Knows no responses.

use ::http::{HeaderMap, header::ACCEPT_ENCODING};

/// A coding of content that there is, liked the more the further up it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    /// In the form of zlib, as its definition has it.
    Deflate,
}

impl Coding {
    /// As fields name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
        }
    }

    /// The coding that whoever sent these fields likes most; none if that is to have none.
    ///
    /// Who does not say a word takes anything, but is sent what everybody understands. Who does not take what has no coding is
    /// sent that nevertheless where there is nothing else, which is what the section leaves to a server.
    pub(super) fn liked(fields: &HeaderMap) -> Option<Coding> {
        let mut weights = Weights::default();
        for value in fields.get_all(ACCEPT_ENCODING) {
            // What is no text names no coding.
            value.to_str().unwrap_or_default().split(',').for_each(|element| weights.add(element));
        }
        let (gzip, deflate) = (weights.of(weights.gzip), weights.of(weights.deflate));
        let (coding, weight) = if deflate > gzip { (Coding::Deflate, deflate) } else { (Coding::Gzip, gzip) };
        (weight > 0 && weight >= weights.of(weights.identity)).then_some(coding)
    }
}

/// Weights in thousandths; none of what is not named.
#[derive(Default)]
struct Weights {
    gzip: Option<u16>,
    deflate: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Weights {
    /// Adds an element of the list. One that is malformed says nothing.
    fn add(&mut self, element: &str) {
        let (name, weight) = match element.split_once(';') {
            Some((name, parameter)) => (name, weight(parameter)),
            None => (element, Some(1000)),
        };
        let slot = match name.trim_matches([' ', '\t']).to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut self.gzip,
            "deflate" => &mut self.deflate,
            "identity" => &mut self.identity,
            "*" => &mut self.any,
            _ => return,
        };
        *slot = weight.or(*slot);
    }

    /// The weight of a coding: its own, or that of all which are not named.
    fn of(&self, own: Option<u16>) -> u16 {
        own.or(self.any).unwrap_or(0)
    }
}

/// The weight that a parameter gives, in thousandths (section 12.4.2).
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim_matches([' ', '\t']).eq_ignore_ascii_case("q") {
        return None;
    }
    let value = value.trim_matches([' ', '\t']);
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let is_number = part.len() <= 3 && part.bytes().all(|digit| digit.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| is_number)?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_what_they_like_most() {
        for (accept, expected) in [
            ("", "none"),
            ("gzip", "gzip"),
            ("GZIP", "gzip"),
            ("x-gzip", "gzip"),
            ("deflate", "deflate"),
            ("gzip, deflate, br, zstd", "gzip"),
            ("deflate, gzip", "gzip"),
            ("br, zstd", "none"),
            ("gzip;q=0.5, deflate", "deflate"),
            ("gzip;q=0.5,deflate;q=0.501", "deflate"),
            ("gzip ; q=0.2\t,\tdeflate;q=0.1", "gzip"),
            ("gzip;Q=1.000", "gzip"),
            ("gzip;q=0", "none"),
            ("gzip;q=0.000, deflate;q=0.001", "deflate"),
            // All that is not named.
            ("*", "gzip"),
            ("*;q=0.1", "gzip"),
            ("*;q=0", "none"),
            ("gzip;q=0, *", "deflate"),
            ("gzip;q=0.5, *;q=0.8", "deflate"),
            ("deflate;q=0, gzip;q=0, *", "none"),
            ("br, *;q=0", "none"),
            // No coding at all is one as well.
            ("identity", "none"),
            ("gzip, identity", "gzip"),
            ("gzip;q=0.5, identity", "none"),
            ("gzip;q=0.5, identity;q=0.5", "gzip"),
            ("gzip;q=0.5, identity;q=0.4", "gzip"),
            ("identity;q=0", "none"),
            ("identity;q=0, gzip;q=0.1", "gzip"),
            ("identity;q=0, *", "gzip"),
            ("identity;q=0.5, *;q=0", "none"),
            // Elements that are none.
            (" , gzip,,", "gzip"),
            ("gzip;q=2", "none"),
            ("gzip;q=1.001", "none"),
            ("gzip;q=0.1234", "none"),
            ("gzip;q=-1", "none"),
            ("gzip;q=+1", "none"),
            ("gzip;q=0.+1", "none"),
            ("gzip;q=", "none"),
            ("gzip;q", "none"),
            ("gzip;level=9", "none"),
            ("gzip;q=x, deflate;q=0.1", "deflate"),
            ("gzipped", "none"),
            ("gzip deflate", "none"),
        ] {
            let fields = HeaderMap::from_iter([(ACCEPT_ENCODING, accept.parse().expect("a value"))]);
            assert_eq!(Coding::liked(&fields).map_or("none", Coding::name), expected, "{accept:?}");
        }
        assert_eq!(Coding::liked(&HeaderMap::new()), None);
    }

    #[test]
    fn a_list_may_stand_in_several_fields() {
        let mut fields = HeaderMap::new();
        for value in ["gzip;q=0.5", "deflate"] {
            fields.append(ACCEPT_ENCODING, value.parse().expect("a value"));
        }
        assert_eq!(Coding::liked(&fields), Some(Coding::Deflate));
    }
}
