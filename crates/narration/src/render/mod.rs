//! A render: a script becomes takes, whatever happens meanwhile.
//!
//! What it is: what to make ([`Order`]), and the pure decision what to do next ([`schedule`]): which piece to ask for,
//! when to wait, when to stop. What it is not: it asks nobody, keeps nothing and reads no clock; whoever drives it does
//! that and says what came of it.

pub mod order;
pub mod schedule;
mod width;

pub use order::Order;
