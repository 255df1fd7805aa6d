//! Sockets and the clock: drives protocol parties over loopback, and surveys. The only crate that opens a socket.
//!
//! [`Loopback`] runs [`Node`](askance_proto::Node)s at addresses of 127.0.0.0/8 and `::1`
//! over real sockets, so that a real `dig`, mail server or resolver can talk to them,
//! and they to each other. Nothing that they send leaves loopback: an address elsewhere
//! is refused at the start, and a message to one is counted and said, never sent.
//!
//! [`survey`] asks mail servers what they are. It and [`Lookups`] alone may go beyond loopback, and it only to the
//! targets that a [`Plan`](askance_proto::survey::Plan) allows.
//!
//! [`Lookups`] asks real resolvers: those that a person or the system's configuration names.
//!
//! Two clocks ([`Clock`]): with the real one the parties serve whoever asks; with the
//! stepped one time jumps from event to event as in virtual time, while sockets carry
//! every octet, so that a scenario's [`Transcript`](askance_proto::Transcript) can be
//! compared with the one of virtual time.

mod clock;
mod error;
mod lookups;
mod loopback;
mod survey;

pub use clock::Clock;
pub use error::NetError;
pub use lookups::{Lookups, resolvers_of};
pub use loopback::{Counts, Ended, Loopback, Options, PortMap};
pub use survey::{Journal, Surveyed, header_line, own_address, result_line, survey};

/// Runs a future to its end on this thread, with sockets and timers.
///
/// # Errors
/// [`NetError::Runtime`] where the system gives no event queue.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, NetError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(|source| NetError::Runtime { source })?.block_on(future))
}

/// Ends when the person at the terminal interrupts, or the system asks the program to stop.
///
/// # Errors
/// [`NetError::Runtime`] where the system does not tell of signals.
pub async fn interrupted() -> Result<(), NetError> {
    let failed = |source| NetError::Runtime { source };
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(failed)?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt.map_err(failed),
        _ = terminate.recv() => Ok(()),
    }
}
