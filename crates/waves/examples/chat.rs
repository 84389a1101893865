//! Asks the language model something: `cargo run -p waves --example chat -- "Why is the sea salty?"`.

mod shared;

use std::io::Write;

use futures_util::StreamExt;
use waves::{ChatEvent, ChatMessage, ChatRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    let question = std::env::args().nth(1).ok_or("what is the question?")?;
    let request = ChatRequest::new(&[ChatMessage::User(question)])?.with_max_tokens(500)?;
    let mut answer = client.chat_stream(&key, &request).await?;
    while let Some(event) = answer.next().await {
        match event? {
            ChatEvent::Text(words) => {
                print!("{words}");
                std::io::stdout().flush()?;
            }
            ChatEvent::End(answer) => println!("\n{:?}", answer.usage),
            _ => {}
        }
    }
    Ok(())
}
