//! How large the pieces are in which the system gives the process its memory: the usual ones of some kilobytes.
//!
//! Huge ones of 2 MiB, which the allocator asks for, are cleared as a whole when their first byte is used. Somebody's
//! message waits for that (for 4 ms on a virtual machine), and what a silent connection takes is spread over more of
//! them than it fills (docs/benchmarks.md).

/// Asks for none but small ones. For the process's beginning.
#[cfg(target_os = "linux")]
pub fn keep_small() {
    // Where it can't be had, it is a matter of speed alone.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Nothing to ask for: no other system does it by itself.
#[cfg(not(target_os = "linux"))]
pub fn keep_small() {}
