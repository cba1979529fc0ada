//! A third party that moves prices.

use alloy::primitives::U256;
use devnet::abi::{IToken, IUniswapV2};
use devnet::chain::TRADER;
use devnet::manifest::MarketKind;
use devnet::{Asset, Chain, Place, PoolRef, Trade};
use serde_json::json;

use crate::quotes::{quote, sides, state};
use crate::{find, start, worth};

async fn held(chain: &Chain, token: alloy::primitives::Address) -> U256 {
    chain.read(token, &IToken::balanceOfCall { account: TRADER }).await.unwrap()
}

#[tokio::test]
async fn a_trade_is_what_the_real_quoter_says_and_moves_the_price() {
    let devnet = start().await;
    for chain in devnet.chains().values() {
        for index in 0..chain.arbitrage().unwrap().pools.len() {
            let pool = PoolRef::Index(index);
            let found = chain.market(pool).unwrap();
            for zero_for_one in [true, false] {
                let (paid, bought) = sides(&found, zero_for_one);
                let amount = worth(chain, paid, 20_000);
                let expected = quote(chain, &found, zero_for_one, amount).await;
                let (before, price) = (held(chain, bought).await, state(chain, &found).await);
                let traded = chain.trade(Trade { pool, zero_for_one, amount }).await.unwrap();
                assert_eq!((traded.amount_in, traded.amount_out), (amount, expected), "{found:?}");
                assert_eq!(held(chain, bought).await, before + expected);
                let after = state(chain, &found).await;
                assert_eq!(after < price, zero_for_one, "{found:?}: {price} and then {after}");
            }
        }
    }
}

#[tokio::test]
async fn a_trade_opens_a_cycle_between_v4_v3_and_the_fork() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let (index, v4) = find(chain, MarketKind::V4, true);
    let zero_for_one = v4.token0 == chain.info().weth;
    let amount = worth(chain, chain.info().weth, 600_000);
    chain.trade(Trade { pool: PoolRef::Index(index), zero_for_one, amount }).await.unwrap();
    // WETH is cheap in V4 now: buy it there, sell it to the fork.
    let fork = chain.arbitrage().unwrap().forks[0].factory;
    let pools = &chain.arbitrage().unwrap().pools;
    let same = |pool: &&devnet::manifest::MarketPool| {
        pool.factory == Some(fork) && (pool.token0, pool.token1) == (v4.token0, v4.token1)
    };
    let pair = pools.iter().find(same).unwrap();
    let dollars = worth(chain, chain.info().usdc, 1_000);
    let bought = quote(chain, &v4, !zero_for_one, dollars).await;
    let sold = quote(chain, pair, zero_for_one, bought).await;
    assert!(sold > dollars + dollars / U256::from(100), "{sold} for {dollars}");
}

#[tokio::test]
async fn a_configured_pool_is_traded_by_its_address() {
    let devnet = start().await;
    let chain = devnet.chain("arbitrum");
    for pool in chain.info().pools.clone() {
        let by_address = PoolRef::Address(pool.address);
        let expected = quote(chain, &chain.market(by_address).unwrap(), true, U256::from(1_000_000)).await;
        let trade = Trade { pool: by_address, zero_for_one: true, amount: U256::from(1_000_000) };
        assert_eq!(chain.trade(trade).await.unwrap().amount_out, expected, "{pool:?}");
    }
    assert_eq!(chain.swaps().await.unwrap().len(), chain.info().pools.len());
}

#[tokio::test]
async fn a_waiting_transaction_is_traded_around() {
    let devnet = start().await;
    let chain = devnet.chain("ethereum");
    let (index, pool) = find(chain, MarketKind::V2, false);
    let trade = |zero_for_one, amount| Trade {
        pool: PoolRef::Index(index),
        zero_for_one,
        amount: U256::from(amount),
    };
    chain.set_automine(false).await.unwrap();
    let (quoted, head) =
        (quote(chain, &pool, true, U256::from(5_000_000_000u64)).await, chain.latest().await.unwrap());
    // The one in the middle was there first, and the last one before the first.
    let victim = chain.queue_trade(trade(true, 5_000_000_000u64), Place::Fee(5_000_000_000)).await.unwrap();
    let back = chain.queue_trade(trade(false, 9_000_000_000), Place::After(victim)).await.unwrap();
    let front = chain.queue_trade(trade(true, 9_000_000_000), Place::Before(victim)).await.unwrap();
    let mut waiting: Vec<_> = chain.waiting().await.unwrap().iter().map(|waiting| waiting.hash).collect();
    waiting.sort();
    let mut all = vec![victim, back, front];
    all.sort();
    assert_eq!(waiting, all);
    chain.mine(1).await.unwrap();
    let block = chain.rpc().call("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["transactions"], json!([front, victim, back]));
    assert_eq!(chain.latest().await.unwrap(), head + 1);
    let paid = chain.traded(victim).await.unwrap().amount_out;
    assert!(paid < quoted, "{paid} of {quoted}");
    assert!(chain.traded(back).await.unwrap().amount_out > U256::from(9_000_000_000u64) - quoted);
    assert!(chain.queue_trade(trade(true, 1), Place::Before(victim)).await.is_err(), "it waits no more");
}

#[tokio::test]
async fn a_donation_changes_a_balance_and_no_price() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let gift = U256::from(1_000_000_000u64);
    for kind in [MarketKind::V2, MarketKind::V3, MarketKind::V4] {
        let (_, pool) = find(chain, kind, true);
        let asset = if pool.token0 == chain.info().usdc || pool.token1 == chain.info().usdc {
            Asset::Usdc
        } else {
            Asset::Usdt
        };
        let before = (state(chain, &pool).await, chain.balance_of(asset, pool.address).await.unwrap());
        chain.mint(asset, pool.address, gift).await.unwrap();
        let after = (state(chain, &pool).await, chain.balance_of(asset, pool.address).await.unwrap());
        assert_eq!(after, (before.0, before.1 + gift), "{kind:?}");
    }
    let (_, pair) = find(chain, MarketKind::V2, true);
    let reserves = chain.read(pair.address, &IUniswapV2::getReservesCall {}).await.unwrap();
    let reserve = if pair.token0 == chain.info().usdc { reserves.reserve0 } else { reserves.reserve1 };
    let balance = chain.balance_of(Asset::Usdc, pair.address).await.unwrap();
    assert_eq!(balance - U256::from(reserve), gift);
}
