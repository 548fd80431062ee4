//! Cryptography for rustls: graviola where it runs, else ring if it was built in.

use rustls::crypto::CryptoProvider;

use crate::host::TlsFailure;

/// The cryptography of this build on this processor.
///
/// # Errors
///
/// If there is none.
pub(super) fn provider() -> Result<CryptoProvider, TlsFailure> {
    graviola().or_else(ring).ok_or_else(|| {
        TlsFailure::Protocol("no cryptography for this processor; build with the feature `ring`".to_owned())
    })
}

/// Graviola, if the processor has what its version 0.3 asks for; without, it would panic.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn graviola() -> Option<CryptoProvider> {
    #[cfg(target_arch = "x86_64")]
    let is_able = std::arch::is_x86_feature_detected!("aes")
        && std::arch::is_x86_feature_detected!("pclmulqdq")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("adx")
        && std::arch::is_x86_feature_detected!("avx")
        && std::arch::is_x86_feature_detected!("avx2");
    #[cfg(target_arch = "aarch64")]
    let is_able = std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2");
    is_able.then(rustls_graviola::default_provider)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn graviola() -> Option<CryptoProvider> {
    None
}

#[cfg(feature = "ring")]
fn ring() -> Option<CryptoProvider> {
    Some(rustls::crypto::ring::default_provider())
}

#[cfg(not(feature = "ring"))]
fn ring() -> Option<CryptoProvider> {
    None
}
