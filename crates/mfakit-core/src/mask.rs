//! A truth that is secret, and what is chosen by it without a branch.

use core::{hint::black_box, ops::BitAnd};

/// All ones for yes, else 0.
///
/// A compiler that knows as much makes a branch of it: each mask is made behind [`black_box`], which keeps it from
/// knowing. That it does is what `scripts/check instructions constant-time` hold.
#[derive(Clone, Copy)]
pub(crate) struct Mask(u64);

impl Mask {
    pub(crate) const NO: Self = Self(0);

    /// Whether bit `place` is set.
    pub(crate) fn of_bit(byte: u8, place: u8) -> Self {
        Self(black_box(
            0_u64.wrapping_sub(u64::from((byte >> place) & 1)),
        ))
    }

    /// Whether both numbers are the same; neither has the highest bit.
    pub(crate) fn of_same(one: u64, other: u64) -> Self {
        // The highest bit is that of nothing, less one, and of no other number.
        let same = (one ^ other).wrapping_sub(1) >> 63;
        Self(black_box(0_u64.wrapping_sub(same)))
    }

    /// Whether it is, and something that is no secret.
    pub(crate) fn and(self, public: bool) -> Self {
        Self(self.0 & 0_u64.wrapping_sub(public.into()))
    }

    /// `yes` or `no`.
    pub(crate) const fn choose(self, yes: u64, no: u64) -> u64 {
        no ^ ((no ^ yes) & self.0)
    }

    /// Takes note of another one: whether either is.
    pub(crate) const fn note(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The end of the secret.
    pub(crate) const fn reveal(self) -> bool {
        self.0 != 0
    }
}

impl BitAnd for Mask {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn chooses_by_bit_and_by_sameness() {
        for place in 0..8 {
            assert!(Mask::of_bit(1 << place, place).reveal());
            assert!(!Mask::of_bit(!(1 << place), place).reveal());
        }
        let numbers = [0, 1, 2, u64::from(u32::MAX), 1 << 32, u64::MAX >> 1];
        for (left, one) in numbers.into_iter().enumerate() {
            for (right, other) in numbers.into_iter().enumerate() {
                let same = Mask::of_same(one, other);
                assert_eq!(same.reveal(), left == right);
                assert_eq!(same.choose(7, 8), if left == right { 7 } else { 8 });
                assert!(!same.and(false).reveal());
                assert_eq!(same.and(true).reveal(), left == right);
                assert!(!(same & Mask::NO).reveal());
            }
        }
        let mut noted = Mask::NO;
        noted.note(Mask::of_same(1, 2));
        assert!(!noted.reveal());
        noted.note(Mask::of_same(1, 1));
        noted.note(Mask::of_same(1, 2));
        assert!(noted.reveal());
    }
}
