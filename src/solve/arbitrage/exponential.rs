//! eˣ − 1 without a call, so that loops over it stay tight.

/// 1/ln 2.
const PER_LN_2: f64 = std::f64::consts::LOG2_E;
/// ln 2 in two parts: the first has so few digits that its small multiples are exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// A number this large has no room for a fraction: adding it rounds, and its last bits are the integer.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Further than this eˣ is no number any more.
const FAR: f64 = 700.0;

/// eˣ − 1, right to two or three last digits; beyond ±700 that of ±700.
#[inline]
pub(super) fn exp_m1(x: f64) -> f64 {
    let x = x.clamp(-FAR, FAR);
    // x = k·ln 2 + r with |r| ≤ ln 2/2, and eˣ − 1 = 2ᵏ·(eʳ − 1) + (2ᵏ − 1).
    let shifted = x * PER_LN_2 + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1_023) << 52);
    power * (r + rest(r)) + (power - 1.0)
}

/// Up to here `rest` is right.
pub(super) const SMALL: f64 = 0.35;

/// eʳ − 1 − r for |r| ≤ .35, which is about r²/2: its series up to r¹³, pairs first, so that few sums wait for
/// one another.
#[inline]
pub(super) fn rest(r: f64) -> f64 {
    let square = r * r;
    let fourth = square * square;
    let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + square * (1.0 / 24.0 + r * (1.0 / 120.0));
    let middle = (1.0 / 720.0 + r * (1.0 / 5_040.0)) + square * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let high = (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0))
        + square * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    square * (low + fourth * (middle + fourth * high))
}
