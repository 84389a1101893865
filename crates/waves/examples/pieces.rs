//! Speaks a text while it is still being written: `cargo run -p waves --example pieces`.

mod shared;

use futures_util::StreamExt;
use waves::{CallerId, HoldFor, Model, Pieces, SpeechEvent, SynthesisRequest, VoiceId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    let request = SynthesisRequest::new("Once", VoiceId::new("magnus")?, Model::LightningV31)?;
    let pieces = Pieces::Continued {
        context: CallerId::new("tale")?,
        hold: HoldFor::default(),
    };
    let (feed, mut speech) = client.synthesize_pieces(&key, &request, pieces).await?;
    tokio::spawn(async move {
        for piece in " upon a time there was a lighthouse. It went dark.".split_inclusive(' ') {
            if feed.push(piece).await.is_err() {
                return;
            }
        }
        feed.finish();
    });
    while let Some(event) = speech.next().await {
        if let SpeechEvent::End(end) = event? {
            println!("{} samples", end.samples);
        }
    }
    Ok(())
}
