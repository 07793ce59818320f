//! Where a daemon can be told to serve.

use std::net::{IpAddr, SocketAddr};

use crate::error::{ErrorKind, Result};

/// An IP address with its port, as the daemon takes it: it resolves no names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Reads text such as `127.0.0.1:8080` or `[::1]:8080`.
    pub fn parse(text: &str) -> Result<Self> {
        const ADVICE: &str = "give an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
        let reason = match text.parse::<SocketAddr>() {
            // The daemon would take a port that it does not tell.
            Ok(address) if address.port() == 0 => format!("{text:?} has port 0: {ADVICE}"),
            Ok(address) => return Ok(Self(address.to_string())),
            Err(_) if is_without_port(text) => format!("{text:?} has no port: {ADVICE}"),
            Err(_) => format!("{text:?} is not a literal address: {ADVICE}"),
        };
        Err(ErrorKind::InvalidArgument { argument: "address", reason }.into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_without_port(text: &str) -> bool {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_ip_address_with_a_port_is_an_address() {
        for text in ["127.0.0.1:8080", "0.0.0.0:1", "[::1]:65535", "[fe80::1%2]:80"] {
            assert_eq!(Address::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_else_there_is_says_what_it_lacks() {
        for (text, reason) in [
            ("127.0.0.1", "has no port"),
            ("::1", "has no port"),
            ("[::1]", "has no port"),
            ("127.0.0.1:0", "has port 0"),
            ("localhost:8080", "is not a literal address"),
            ("127.0.0.1:", "is not a literal address"),
            ("127.0.0.1:65536", "is not a literal address"),
            (":8080", "is not a literal address"),
            ("8080", "is not a literal address"),
            (" 127.0.0.1:80", "is not a literal address"),
            ("", "is not a literal address"),
        ] {
            let error = Address::parse(text).unwrap_err();
            let begin = format!("invalid argument `address`: {text:?} {reason}: give ");
            assert!(error.to_string().starts_with(&begin), "{error}");
        }
    }
}
