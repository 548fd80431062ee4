//! The signals that ask a process to end.

/// A signal that asked this process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGINT`: the user pressed Ctrl-C.
    Interrupt,
    /// `SIGTERM`.
    Terminate,
}

impl Signal {
    /// Its number; a process that ends for it has the exit code 128 more.
    pub fn number(self) -> u8 {
        match self {
            Signal::Interrupt => 2,
            Signal::Terminate => 15,
        }
    }
}

/// Waits for a signal that asks this process to end; from the first poll on such a signal ends nothing by itself.
///
/// Where there are no signals it waits for ever.
#[cfg(unix)]
pub async fn interrupted() -> Signal {
    use smol::stream::StreamExt as _;

    let asked = [async_signal::Signal::Int, async_signal::Signal::Term];
    // Without a handler the signal ends the process at once, as it does anyhow.
    let Ok(mut signals) = async_signal::Signals::new(asked) else { return std::future::pending().await };
    loop {
        match signals.next().await {
            Some(Ok(async_signal::Signal::Term)) => return Signal::Terminate,
            Some(Ok(_)) => return Signal::Interrupt,
            Some(Err(_)) => {}
            None => return std::future::pending().await,
        }
    }
}

/// Waits for a signal that asks this process to end; from the first poll on such a signal ends nothing by itself.
///
/// Where there are no signals it waits for ever.
#[cfg(not(unix))]
pub async fn interrupted() -> Signal {
    std::future::pending().await
}
