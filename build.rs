//! Replaced by the plugin layer.
fn main() {}
