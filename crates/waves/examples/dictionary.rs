//! Speaks with a pronunciation of one's own: `cargo run -p waves --example dictionary`.

mod shared;

use futures_util::StreamExt;
use waves::{Model, Pronunciation, Pronunciations, SynthesisRequest, Transport, VoiceId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    let words = Pronunciations::new(vec![Pronunciation::new("API", "ay-pee-eye")?])?;
    let dictionary = client.create_dictionary(&key, &words).await?;
    let request = SynthesisRequest::new(
        "The API is up.",
        VoiceId::new("magnus")?,
        Model::LightningV31,
    )?
    .with_dictionaries([dictionary.id.clone()]);
    let mut speech = client.synthesize(&key, &request, Transport::Sse).await?;
    while let Some(event) = speech.next().await {
        event?;
    }
    client.delete_dictionary(&key, &dictionary.id).await?;
    Ok(())
}
