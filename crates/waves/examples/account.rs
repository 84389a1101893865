//! What there is to know of an account: voices, clones, dictionaries, plan, logs, and whether the
//! service is alive: `cargo run -p waves --example account`.

mod shared;

use std::time::{Duration, SystemTime};

use waves::{Granularity, Model, PageRequest, Series, SeriesRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (client, key) = shared::client()?;
    println!("alive: {}", client.health().await?.is_ok);
    for model in Model::ALL {
        let voices = client.list_voices(&key, model).await?;
        println!("{model}: {} voices", voices.len());
    }
    println!("{} clones", client.list_clones(&key).await?.len());
    println!(
        "{} dictionaries",
        client.list_dictionaries(&key).await?.len()
    );
    match client.subscription(&key).await? {
        Some(plan) => println!(
            "credits: {:?} of {:?}",
            plan.current_credits, plan.total_credits
        ),
        None => println!("this key may not see the plan"),
    }
    let log = client.speech_log(&key, PageRequest::default()).await?;
    println!("{} syntheses so far", log.total_entries);
    let to = SystemTime::now();
    let week = SeriesRequest {
        from: to - Duration::from_secs(7 * 86_400),
        to,
        granularity: Granularity::Day,
    };
    for (day, requests) in client
        .time_series(&key, Series::SpeechRequests, week)
        .await?
        .points
    {
        println!("{day}: {requests}");
    }
    Ok(())
}
