//! Where an outside system is reached: `http://host[:port]/path`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The address of an outside system. Without encryption: it stands beside the PBX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    /// A name or an address; IPv6 without brackets.
    pub host: Arc<str>,
    pub port: u16,
    /// Begins with `/`.
    pub path: Arc<str>,
}

/// A text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of a web server without encryption; write http://127.0.0.1:8080/route")]
pub struct BadUrl(String);

impl FromStr for HttpUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let bad = || BadUrl(text.to_owned());
        let rest = text.strip_prefix("http://").ok_or_else(bad)?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']').ok_or_else(bad)?,
            None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(bad)?,
            None if port.is_empty() => 80,
            None => return Err(bad()),
        };
        let host_is_sound = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
        let path_is_sound = path.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !host_is_sound || !path_is_sound {
            return Err(bad());
        }
        Ok(Self { host: host.into(), port, path: path.into() })
    }
}

impl HttpUrl {
    /// Host and port as the Host header has them (RFC 9110, 7.2).
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, written) in [
            ("http://127.0.0.1:8080/route?x=1", "http://127.0.0.1:8080/route?x=1"),
            ("http://crm.local", "http://crm.local:80/"),
            ("http://[::1]:9/a", "http://[::1]:9/a"),
        ] {
            assert_eq!(text.parse::<HttpUrl>().map(|url| url.to_string()), Ok(written.to_owned()));
        }
        for wrong in [
            "",
            "https://a/",
            "http://",
            "http:///a",
            "http://a:0/",
            "http://a:99999/",
            "http://a b/",
            "http://a/ b",
            "http://[::1",
            "http://[::1]9/",
            "http://a/\r\nX: 1",
        ] {
            assert!(wrong.parse::<HttpUrl>().is_err(), "{wrong}");
        }
    }
}
