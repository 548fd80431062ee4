//! One function over core types. It needs no bindings: the export has the world's name and its flat signature, and
//! `wasm-tools component embed` adds the WIT.

#![no_std]

#[no_mangle]
pub extern "C" fn compute(a: u32, b: u32) -> u32 {
    a.wrapping_mul(b)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
