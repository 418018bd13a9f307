//! One module for each platform. Each reads what a device shows, and says for every fact a value or the reason why there is none.

pub mod linux;
