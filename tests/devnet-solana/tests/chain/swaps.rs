//! Swaps through the pool program itself.

use devnet_solana::genesis::{USDC_MINT, USDT_MINT, WHOLE};
use devnet_solana::pool::POOLS;
use devnet_solana::pool::math::output;
use devnet_solana::pool::program::{Swap, instruction};
use solana_signer::Signer;

use crate::support::{refused, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_pays_to_the_unit_and_never_less_than_asked() {
    let network = start().await;
    let (client, wallet) = (network.client(), network.wallet());
    let owner = wallet.pubkey();
    let (usdc, usdt) = (USDC_MINT.ata(&owner), USDT_MINT.ata(&owner));
    for spec in POOLS {
        let (address, pool) = spec.pool();
        let mut reserves = (spec.depth, spec.depth);
        for (amount, back) in [(1_234_567_891, false), (987_654_321, true), (1, false)] {
            let (mint, from, to) = if back { (USDT_MINT, usdt, usdc) } else { (USDC_MINT, usdc, usdt) };
            let (inside, outside) = if back { (reserves.1, reserves.0) } else { reserves };
            let paid = output(inside, outside, amount, spec.fee_bps).unwrap();
            let swap = |min_out| {
                let swap = Swap { amount, min_out };
                instruction((&address, &pool), &mint.address, &owner, &from, &to, swap).unwrap()
            };
            refused(
                client.run(&[swap(paid + 1)], &[wallet], &[]).await,
                "OutputBelowMinimum. Error Number: 6000",
            );
            let before =
                (client.tokens(&from).await.unwrap().unwrap(), client.tokens(&to).await.unwrap().unwrap());
            client.run(&[swap(paid)], &[wallet], &[]).await.unwrap();
            assert_eq!(client.tokens(&from).await.unwrap().unwrap(), before.0 - amount);
            assert_eq!(client.tokens(&to).await.unwrap().unwrap(), before.1 + paid);
            let product = |(a, b): (u64, u64)| u128::from(a) * u128::from(b);
            let after = if back {
                (reserves.0 - paid, reserves.1 + amount)
            } else {
                (reserves.0 + amount, reserves.1 - paid)
            };
            assert!(product(after) >= product(reserves));
            reserves = after;
        }
        assert_eq!(client.tokens(&pool.vault_a).await.unwrap(), Some(reserves.0));
        assert_eq!(client.tokens(&pool.vault_b).await.unwrap(), Some(reserves.1));
    }
}

#[test]
fn outputs_are_exact() {
    // 1,000,000 × 10,000 / 1,010,000 with no fee.
    assert_eq!(output(1_000_000, 1_000_000, 10_000, 0), Some(9_900));
    // 9,970 of the input counts: 1,000,000 × 9,970 / 1,009,970 = 9,871.58….
    assert_eq!(output(1_000_000, 1_000_000, 10_000, 30), Some(9_871));
    assert_eq!(output(u64::MAX, u64::MAX, u64::MAX, 0), Some(u64::MAX / 2));
    assert_eq!(output(1, 1, 1, 10_001), None);
    let shallow = output(200_000 * WHOLE, 200_000 * WHOLE, 50_000 * WHOLE, 5).unwrap();
    assert!(shallow < 40_000 * WHOLE, "a quarter of the pool costs a fifth");
}
