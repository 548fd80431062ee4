//! Who still needs something: holds, and the one who waits for all of them to be gone.

use async_channel::{Receiver, Sender};

/// Says that something is still needed.
#[derive(Clone)]
pub(super) struct Hold {
    end: Sender<()>,
}

/// What nobody needs any more when it is over.
pub(super) struct Held {
    end: Receiver<()>,
}

/// The first hold on something.
pub(super) fn hold() -> (Hold, Held) {
    let (sender, receiver) = async_channel::bounded(1);
    (Hold { end: sender }, Held { end: receiver })
}

impl Hold {
    /// Says that it is not needed any more, whoever else has a hold.
    pub(super) fn cut(&self) {
        // It is over already, or somebody has said so.
        let _said = self.end.try_send(());
    }
}

impl Held {
    /// Waits until all holds are dropped, or one is cut.
    pub(super) async fn over(self) {
        // Either is the end.
        let _end = self.end.recv().await;
    }
}
