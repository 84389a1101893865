//! What the examples share: a client of the service, or of what stands at `WAVES_ORIGIN`, and
//! the key in `SMALLEST_API_KEY`. The library itself never looks at the environment.

use std::error::Error;

use waves::{ApiKey, Client, Origin, Timeouts};

pub(crate) fn client() -> Result<(Client, ApiKey), Box<dyn Error>> {
    let origin = match std::env::var("WAVES_ORIGIN") {
        Ok(origin) => Origin::parse(&origin)?,
        Err(_) => Origin::default(),
    };
    let key = ApiKey::try_from(std::env::var("SMALLEST_API_KEY")?)?;
    Ok((Client::new(origin, Timeouts::default())?, key))
}
