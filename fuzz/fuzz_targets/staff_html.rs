#![no_main]

use libfuzzer_sys::fuzz_target;

// the readers recover from panics of the parsers below them, which is no finding
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| rmad_fuzz::staff_html(bytes));
