//! The way out of a socket: one task writes, so that frames never mix, and the connection under it fails where it shall.

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use tokio::sync::mpsc;

use crate::{
    exchange::Gone,
    wire::{SocketPlan, WireControl},
};

/// Frames that may wait; a slow reader holds the speaker back, and not the memory of the machine.
const WAITING: usize = 8;

#[derive(Debug)]
enum Item {
    Text(String),
    /// From here on the connection fails like this.
    Plan(SocketPlan),
    Close(u16, String),
}

/// Where frames go. Clones write to the same socket.
#[derive(Debug, Clone)]
pub(crate) struct Outbox(mpsc::Sender<Item>);

impl Outbox {
    pub(crate) async fn text(&self, frame: String) -> Result<(), Gone> {
        self.0.send(Item::Text(frame)).await.map_err(|_| Gone)
    }

    /// Bytes are counted from here: those of the frames to come, with their framing.
    pub(crate) async fn plan(&self, plan: SocketPlan) -> Result<(), Gone> {
        self.0.send(Item::Plan(plan)).await.map_err(|_| Gone)
    }

    /// The last frame. The client answers it, and then the connection ends.
    pub(crate) async fn close(&self, code: u16, reason: &str) -> Result<(), Gone> {
        let item = Item::Close(code, reason.to_owned());
        self.0.send(item).await.map_err(|_| Gone)
    }

    /// Returns when nothing can be written any more.
    pub(crate) async fn gone(&self) {
        self.0.closed().await;
    }
}

/// The two halves of the way out: where frames go, and the task that writes them until the connection fails, a close frame is
/// written or nobody has anything to write.
pub(crate) fn outbox(
    mut socket: SplitSink<WebSocket, Message>,
    wire: WireControl,
) -> (Outbox, impl Future<Output = ()> + Send + 'static) {
    let (sender, mut items) = mpsc::channel(WAITING);
    let writing = async move {
        while let Some(item) = items.recv().await {
            let written = match item {
                Item::Text(text) => socket.send(Message::Text(text.into())).await,
                Item::Plan(plan) => {
                    wire.plan_for_socket(plan);
                    Ok(())
                }
                Item::Close(code, reason) => {
                    let frame = CloseFrame {
                        code,
                        reason: reason.into(),
                    };
                    let _ = socket.send(Message::Close(Some(frame))).await;
                    return;
                }
            };
            if written.is_err() {
                return;
            }
        }
    };
    (Outbox(sender), writing)
}
