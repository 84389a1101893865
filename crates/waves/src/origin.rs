//! Where the service is: scheme, host and port, checked once.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// The scheme, host and port that requests and the key are sent to.
///
/// `https` for any host; plain `http` for this machine only (127.0.0.0/8, `::1`, `localhost`),
/// because anything between here and another host could read the key. The default is the
/// service itself, `https://api.smallest.ai`. Equal origins may share a key, others must not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    url: Url,
}

impl Origin {
    /// The service.
    pub const SERVICE: &'static str = "https://api.smallest.ai";

    /// Reads a base URL such as `http://127.0.0.1:8080`. A trailing slash is fine, a path is not:
    /// the service's paths are fixed.
    ///
    /// # Errors
    ///
    /// See [`OriginError`].
    pub fn parse(text: &str) -> Result<Origin, OriginError> {
        let url = Url::parse(text.trim()).map_err(|_| OriginError::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(OriginError::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(OriginError::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::Credentials);
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(OriginError::MoreThanOrigin);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(OriginError::Insecure);
        }
        Ok(Origin { url })
    }

    /// Whether it is this machine over plain `http`: the simulator, or a proxy run by hand.
    pub fn is_plain_loopback(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The URL of an absolute path at this origin.
    pub(crate) fn at(&self, path: &str) -> Url {
        debug_assert!(path.starts_with('/'));
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }

    /// Whether a public file (a voice preview) may be fetched from `url`: over `https`, or from
    /// this machine when the service itself is on this machine.
    pub(crate) fn may_fetch(&self, url: &Url) -> bool {
        let secure = url.scheme() == "https" && url.host_str().is_some_and(|host| !host.is_empty());
        let local = url.scheme() == "http" && self.is_plain_loopback() && is_loopback(url);
        (secure || local) && url.username().is_empty() && url.password().is_none()
    }
}

/// Whether the host is certainly this machine, without asking a name server.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    // `Url` writes every spelling of an IPv4 address (hex, octal, short) as four decimals.
    if let Ok(address) = host.parse::<std::net::Ipv4Addr>() {
        return address.is_loopback();
    }
    host == "localhost" || host == "[::1]"
}

impl Default for Origin {
    fn default() -> Origin {
        Origin::parse(Origin::SERVICE).expect("a test parses this constant")
    }
}

/// Shows `https://host[:port]`, without a trailing slash.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Origin, OriginError> {
        Origin::parse(text)
    }
}

/// Why a text can't be the service's address. Carries nothing of the text, which may hold
/// credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not an absolute URL with a host.
    #[error("the address is not a URL like https://api.smallest.ai")]
    NotAUrl,
    /// Neither `https` nor `http`.
    #[error("the address must start with https://")]
    Scheme,
    /// Plain `http` to another machine would show the key to the network.
    #[error("plain http is allowed for this machine only, because it would show the key to others")]
    Insecure,
    /// A user name or password in the URL.
    #[error("the address must not hold a user name or password")]
    Credentials,
    /// A path, query or fragment behind the host.
    #[error("the address must end after the host and port")]
    MoreThanOrigin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_this_machine_are_origins() {
        assert_eq!(Origin::default().to_string(), Origin::SERVICE);
        for (text, shown) in [
            ("https://api.smallest.ai/", "https://api.smallest.ai"),
            (" https://API.smallest.ai:443 ", "https://api.smallest.ai"),
            ("https://proxy.example:8443", "https://proxy.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.9.8.7/", "http://127.9.8.7"),
            ("http://0x7f.1:81", "http://127.0.0.1:81"),
            ("http://localhost:1", "http://localhost:1"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(
                Origin::parse(text).unwrap().to_string(),
                shown,
                "from {text}"
            );
        }
    }

    #[test]
    fn an_address_that_could_leak_the_key_is_no_origin() {
        use OriginError::*;
        for (text, error) in [
            ("", NotAUrl),
            ("api.smallest.ai", NotAUrl),
            ("https://", NotAUrl),
            ("ftp://127.0.0.1", Scheme),
            ("file:///etc/passwd", Scheme),
            ("http://api.smallest.ai", Insecure),
            ("http://128.0.0.1", Insecure),
            ("http://localhost.evil.example", Insecure),
            ("http://127.0.0.1.evil.example", Insecure),
            ("http://[::2]", Insecure),
            ("http://0.0.0.0", Insecure),
            ("https://user@host.example", Credentials),
            ("https://127.0.0.1:80@evil.example", Credentials),
            ("https://api.smallest.ai/waves/v1", MoreThanOrigin),
            ("https://api.smallest.ai?x=1", MoreThanOrigin),
            ("https://api.smallest.ai#x", MoreThanOrigin),
        ] {
            assert_eq!(Origin::parse(text), Err(error), "from {text}");
        }
    }

    #[test]
    fn previews_come_over_https_or_from_this_machine_when_the_service_is_here_too() {
        let service = Origin::default();
        let local = Origin::parse("http://127.0.0.1:1").unwrap();
        let may = |origin: &Origin, url: &str| origin.may_fetch(&Url::parse(url).unwrap());
        assert!(may(&service, "https://cdn.example/a.wav"));
        assert!(may(&local, "https://cdn.example/a.wav"));
        assert!(may(&local, "http://127.0.0.1:9/a.wav"));
        // A catalogue must not be able to make us call services of this machine.
        assert!(!may(&service, "http://127.0.0.1:9/a.wav"));
        assert!(!may(&local, "http://cdn.example/a.wav"));
        assert!(!may(&service, "https://user:pass@cdn.example/a.wav"));
        assert!(!may(&service, "file:///etc/passwd"));
    }
}
