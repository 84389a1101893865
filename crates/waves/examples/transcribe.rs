//! Writes down what a recording says: `cargo run -p waves --example transcribe -- speech.wav`.

mod shared;

use waves::{Recording, SpokenLanguage, Transcription, TranscriptionRequest, Upload};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    let file = tokio::fs::File::open(std::env::args().nth(1).ok_or("which file?")?).await?;
    let length = file.metadata().await?.len();
    let recording = Recording::upload(Upload::from_reader(file, length));
    let request = TranscriptionRequest::pulse(SpokenLanguage::English).with_words();
    if let Transcription::Done(heard) = client.transcribe(&key, &request, recording).await? {
        for word in &heard.words {
            println!("{:?}: {}", word.start, word.word);
        }
        println!("{}", heard.text);
    }
    Ok(())
}
