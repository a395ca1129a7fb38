//! Marks bytes as secret for valgrind's memcheck, which then reports every branch on them.
//!
//! Memcheck follows, bit by bit, which memory and registers were never written, and reports each jump and each
//! address that depends on such a bit. Bytes that are declared unwritten while they hold a secret make it a checker
//! of constant time: what it reports is what the time of the program could tell. It follows every run, so the answer
//! is the same each time, on an idle machine or a busy one.
//!
//! A test hides the secret, calls what is to be constant in time, and asserts the outcome. Without valgrind hiding
//! does nothing, and the test is one of results alone. `scripts/check constant-time` runs each of them under
//! valgrind and takes a report only where the source says `REVEALED:`, with the reason, in a comment on the lines just
//! above. A test that is seen to reveal nothing has failed: its secret never reached the outcome.
//!
//! Not seen: instructions whose own time depends on their operands, such as divisions.
//!
//! A test also sees here what a value leaves in memory when it is dropped, with valgrind or without.
//!
//! Nothing here runs outside of tests, and this is the only package with `unsafe` in it.

use core::mem::MaybeUninit;

#[cfg(test)]
mod tests;

/// Declares the bytes secret: from here on memcheck reports what branches on them or uses them as an address.
pub fn hide(bytes: &[u8]) {
    request(MAKE_MEM_UNDEFINED, bytes.as_ptr().addr(), bytes.len());
}

/// Whether the program runs under valgrind.
#[must_use]
pub fn is_under_valgrind() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) != 0
}

/// The bytes of the place where the value was, after it was dropped there; what it owned elsewhere is not among them.
///
/// Wrapped in [`ManuallyDrop`](core::mem::ManuallyDrop) a value is not dropped: a test sees so that there was something
/// to be left.
#[must_use]
pub fn left_behind<T>(value: T) -> Vec<u8> {
    let mut place = Box::new(MaybeUninit::new(value));
    let start: *mut T = place.as_mut_ptr();
    // SAFETY: the place holds the value, which nobody has seen since, and the box drops no `MaybeUninit`. The
    // assembly is empty, but for the compiler it may have written to every byte that the pointer leads to: so each
    // has some value, padding too. The box owns them until the copy is made.
    #[expect(
        unsafe_code,
        reason = "only so can be seen what is in memory that nobody may use any more"
    )]
    unsafe {
        place.assume_init_drop();
        core::arch::asm!("/* {0} */", in(reg) start, options(nostack, preserves_flags));
        core::slice::from_raw_parts(start.cast::<u8>(), size_of::<T>()).to_vec()
    }
}

/// A client request, as `valgrind.h` makes it: 0 outside of valgrind.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn request(number: usize, first: usize, second: usize) -> usize {
    let arguments: [usize; 6] = [number, first, second, 0, 0, 0];
    let mut answer: usize = 0;
    // SAFETY: four rotations of `rdi` by 128 bits in all leave it as it was, and exchanging `rbx` with itself does
    // nothing, so outside of valgrind only the flags change, which the compiler takes as changed. Valgrind knows the
    // sequence, reads the six words that `rax` points to, which outlive the block, and answers in `rdx`. The requests made
    // here change what memcheck notes about memory, never the memory. The stack is not touched.
    #[expect(
        unsafe_code,
        reason = "a client request is a sequence of instructions, and no crate is needed for it"
    )]
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdx") answer,
            in("rax") arguments.as_ptr(),
            options(nostack)
        );
    }
    answer
}

/// Other processors have other sequences: there the tests are tests of results alone.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
const fn request(_: usize, _: usize, _: usize) -> usize {
    0
}

/// `VALGRIND_RUNNING_ON_VALGRIND` of `valgrind.h`.
const RUNNING_ON_VALGRIND: usize = 0x1001;
/// `VALGRIND_MAKE_MEM_UNDEFINED` of `memcheck.h`: the first request of the tool `MC`.
const MAKE_MEM_UNDEFINED: usize = 0x4d43_0001;
