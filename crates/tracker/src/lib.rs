//! The SDK as a pure state machine.
