//! Ticks and the square root prices they stand for.

use alloy::primitives::{U256, uint};

/// Lowest tick a pool can have.
pub const MIN_TICK: i32 = -887_272;
/// Highest tick a pool can have.
pub const MAX_TICK: i32 = 887_272;
/// Square root price of [`MIN_TICK`], Q64.96.
pub const MIN_SQRT_RATIO: U256 = uint!(4_295_128_739_U256);
/// Square root price of [`MAX_TICK`], Q64.96. A pool's price is always below it.
pub const MAX_SQRT_RATIO: U256 = uint!(1461446703485210103287273052203988822378723970342_U256);

/// 2¹²⁸ · 1.0001^(−2ⁱ/2), rounded to the nearest integer: the factor of bit `i` of a tick.
pub const FACTORS: [u128; 20] = [
    0xfffc_b933_bd6f_ad37_aa2d_162d_1a59_4001,
    0xfff9_7272_373d_4132_59a4_6990_580e_213a,
    0xfff2_e50f_5f65_6932_ef12_357c_f3c7_fdcc,
    0xffe5_caca_7e10_e4e6_1c36_24ea_a094_1cd0,
    0xffcb_9843_d60f_6159_c9db_5883_5c92_6644,
    0xff97_3b41_fa98_c081_472e_6896_dfb2_54c0,
    0xff2e_a164_66c9_6a38_43ec_78b3_26b5_2861,
    0xfe5d_ee04_6a99_a2a8_11c4_61f1_969c_3053,
    0xfcbe_86c7_900a_88ae_dcff_c83b_479a_a3a4,
    0xf987_a725_3ac4_1317_6f2b_074c_f781_5e54,
    0xf339_2b08_22b7_0005_940c_7a39_8e4b_70f3,
    0xe715_9475_a2c2_9b74_43b2_9c7f_a6e8_89d9,
    0xd097_f3bd_fd20_22b8_845a_d8f7_92aa_5825,
    0xa9f7_4646_2d87_0fdf_8a65_dc1f_90e0_61e5,
    0x70d8_69a1_56d2_a1b8_90bb_3df6_2baf_32f7,
    0x31be_135f_97d0_8fd9_8123_1505_542f_cfa6,
    0x09aa_508b_5b7a_84e1_c677_de54_f3e9_9bc9,
    0x005d_6af8_dedb_8119_6699_c329_225e_e604,
    0x0000_2216_e584_f5fa_1ea9_2604_1bed_fe98,
    0x0000_0000_048a_1703_91f7_dc42_444e_8fa2,
];

/// √1.0001^tick as Q64.96, rounded up, as the pool computes it; `None` outside the allowed ticks.
///
/// The power is built in Q128.128 from one factor per bit of |tick|, each product rounded down;
/// positive ticks are the reciprocal of that.
pub fn sqrt_ratio_at_tick(tick: i32) -> Option<U256> {
    if !(MIN_TICK..=MAX_TICK).contains(&tick) {
        return None;
    }
    let size = tick.unsigned_abs();
    let mut ratio = U256::ONE.wrapping_shl(128);
    for (bit, factor) in FACTORS.iter().enumerate() {
        if size.wrapping_shr(u32::try_from(bit).ok()?) & 1 == 1 {
            ratio = ratio.checked_mul(U256::from(*factor))?.wrapping_shr(128);
        }
    }
    if tick > 0 {
        ratio = U256::MAX.checked_div(ratio)?;
    }
    let whole = ratio.wrapping_shr(32);
    if ratio.trailing_zeros() < 32 { whole.checked_add(U256::ONE) } else { Some(whole) }
}

/// The greatest tick whose price is not above `sqrt_price`; `None` for a price no pool can have.
pub fn tick_at_sqrt_ratio(sqrt_price: U256) -> Option<i32> {
    if sqrt_price < MIN_SQRT_RATIO || sqrt_price >= MAX_SQRT_RATIO {
        return None;
    }
    // price(low) <= sqrt_price < price(high) throughout.
    let (mut low, mut high) = (MIN_TICK, MAX_TICK);
    while high.checked_sub(low)? > 1 {
        let middle = low.midpoint(high);
        if sqrt_ratio_at_tick(middle)? <= sqrt_price {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
