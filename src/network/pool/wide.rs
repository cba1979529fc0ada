//! Products of two 256-bit numbers divided by a third, with the exact 512-bit intermediate.

use alloy::primitives::{U256, U512};

/// ⌊a·b/d⌋; `None` when `d` is zero or the result does not fit.
pub(super) fn mul_div(a: U256, b: U256, d: U256) -> Option<U256> {
    Some(divide(a, b, d)?.0)
}

/// ⌈a·b/d⌉; `None` when `d` is zero or the result does not fit.
pub(super) fn mul_div_up(a: U256, b: U256, d: U256) -> Option<U256> {
    let (quotient, exact) = divide(a, b, d)?;
    if exact { Some(quotient) } else { quotient.checked_add(U256::ONE) }
}

/// ⌈a/d⌉; `None` when `d` is zero.
pub(super) fn div_up(a: U256, d: U256) -> Option<U256> {
    if d.is_zero() {
        return None;
    }
    let (quotient, rest) = a.div_rem(d);
    if rest.is_zero() { Some(quotient) } else { quotient.checked_add(U256::ONE) }
}

/// The quotient and whether the division was exact.
fn divide(a: U256, b: U256, d: U256) -> Option<(U256, bool)> {
    if d.is_zero() {
        return None;
    }
    if let Some(product) = a.checked_mul(b) {
        let (quotient, rest) = product.div_rem(d);
        return Some((quotient, rest.is_zero()));
    }
    let product: U512 = a.widening_mul(b);
    let (quotient, rest) = product.div_rem(U512::from(d));
    Some((U256::checked_from_limbs_slice(quotient.as_limbs())?, rest.is_zero()))
}
