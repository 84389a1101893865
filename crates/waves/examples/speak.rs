//! Speaks a sentence on every transport, and prints when its words are heard:
//! `cargo run -p waves --example speak`.

mod shared;

use futures_util::StreamExt;
use waves::{Model, SpeechEvent, SynthesisRequest, Transport, VoiceId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    let voice = VoiceId::new("meher")?;
    let request =
        SynthesisRequest::new("The lighthouse went dark.", voice, Model::LightningV31Pro)?
            .with_word_timings(true);
    for transport in Transport::ALL {
        let mut speech = client.synthesize(&key, &request, transport).await?;
        while let Some(event) = speech.next().await {
            match event? {
                SpeechEvent::Word(word) => println!("{:?}: {}", word.start, word.word),
                SpeechEvent::End(end) => println!("{transport:?}: {} samples", end.samples),
                _ => {}
            }
        }
    }
    Ok(())
}
