//! The way to the service: an HTTP client that is made when it is first needed.
//!
//! Making one reads the system's trusted certificates, which takes a while and may fail. Speaking with the built-in
//! voice needs neither, so start-up must not wait for it, nor end with it.

use std::sync::{Arc, OnceLock};

use waves::{Client, Origin, Timeouts};

/// Where the service is, and how to speak to it. Clones share one client.
#[derive(Clone)]
pub struct Endpoint {
    shared: Arc<Shared>,
}

struct Shared {
    origin: Origin,
    client: OnceLock<Client>,
}

impl Endpoint {
    /// The service at `origin`. Asks nothing of it yet.
    pub fn at(origin: Origin) -> Self {
        let client = OnceLock::new();
        Self {
            shared: Arc::new(Shared { origin, client }),
        }
    }

    /// Where it is.
    pub fn origin(&self) -> &Origin {
        &self.shared.origin
    }

    /// The client, made now if this is the first time.
    ///
    /// # Errors
    /// Why none can be made; the next call tries again.
    pub fn client(&self) -> Result<Client, waves::Error> {
        if let Some(client) = self.shared.client.get() {
            return Ok(client.clone());
        }
        let made = Client::new(self.shared.origin.clone(), Timeouts::default())?;
        // Two may get here at once; both then use the same one.
        Ok(self.shared.client.get_or_init(|| made).clone())
    }
}
