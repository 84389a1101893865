//! Makes a voice out of a recording: `cargo run -p waves --example clone -- sample.wav`.

mod shared;

use tokio::io::AsyncReadExt;
use waves::{CloneDeletion, CloneRequest, Language, Model, SampleKind, Upload};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let mut head = [0; 12];
    tokio::fs::File::open(&path)
        .await?
        .read_exact(&mut head)
        .await?;
    let kind = SampleKind::of(&head).ok_or("the service takes WAV, MP3, MP4 and WebM")?;
    let file = tokio::fs::File::open(&path).await?;
    let length = file.metadata().await?.len();
    let sample = Upload::from_reader(file, length)
        .with_progress(move |sent| println!("{sent} of {length} bytes"));
    let request =
        CloneRequest::new("Example", Model::LightningV31)?.with_language(Language::English)?;
    let made = client.create_clone(&key, &request, kind, sample).await?;
    println!("{} speaks with {:?}", made.id, made.models);
    match client.delete_clone(&key, &made.id).await? {
        CloneDeletion::Deleted => println!("deleted"),
        CloneDeletion::OnlyInConsole(why) => println!("to be deleted in the console: {why}"),
    }
    Ok(())
}
