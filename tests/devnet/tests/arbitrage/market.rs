//! The contracts and pools that are there.

use alloy::primitives::{U256, keccak256};
use alloy::sol_types::SolValue;
use devnet::abi::{IPoolManager, IStateView};
use devnet::artifacts::Artifacts;
use devnet::deploy::{V2_INIT_CODE_HASH, V3_INIT_CODE_HASH};
use devnet::manifest::{ChainInfo, MarketKind};
use devnet::{Devnet, Error, Options, PoolRef};
use serde_json::json;

use crate::quotes::quote;
use crate::{start, worth};

#[tokio::test]
async fn v4_and_the_fork_are_the_published_code_and_where_the_manifest_says() {
    let devnet = start().await;
    for chain in devnet.chains().values() {
        let market = chain.arbitrage().unwrap();
        let owner = chain.read(market.pool_manager, &IPoolManager::ownerCall {}).await.unwrap();
        assert_eq!(owner, chain.admin());
        let code = chain.rpc().call("eth_getCode", json!([market.pool_manager, "latest"])).await.unwrap();
        let published = Artifacts::default().deployed("PoolManager").unwrap();
        assert_eq!(code.as_str().unwrap().len(), 2 + 2 * published.len());
        let view = market.state_view;
        let seen = chain.read(view, &IStateView::poolManagerCall {}).await.unwrap();
        assert_eq!(seen, market.pool_manager);

        let kinds: Vec<MarketKind> = market.pools.iter().map(|pool| pool.kind).collect();
        use MarketKind::{V2, V3, V4};
        assert_eq!(kinds, [V2, V2, V2, V3, V4, V4]);
        for pool in &market.pools {
            assert!(pool.token0 < pool.token1);
            let tokens = [pool.token0.as_slice(), pool.token1.as_slice()].concat();
            match pool.kind {
                V2 => {
                    let factory = pool.factory.unwrap();
                    assert_eq!(pool.address, factory.create2(keccak256(tokens), V2_INIT_CODE_HASH));
                }
                V3 => {
                    let salt = keccak256((pool.token0, pool.token1, pool.fee).abi_encode());
                    assert_eq!(pool.address, pool.factory.unwrap().create2(salt, V3_INIT_CODE_HASH));
                }
                V4 => {
                    let id = pool.id.unwrap();
                    assert_eq!(id, keccak256(pool.key().abi_encode()));
                    let slot0 = chain.read(view, &IStateView::getSlot0Call { id }).await.unwrap();
                    assert_eq!(slot0.lpFee.to::<u32>(), pool.fee);
                    assert!(chain.read(view, &IStateView::getLiquidityCall { id }).await.unwrap() > 0);
                    let word = (slot0.tick.as_i32().div_euclid(pool.tick_spacing.unwrap()) >> 8) as i16;
                    let call = IStateView::getTickBitmapCall { id, word };
                    assert!(chain.read(view, &call).await.unwrap() > U256::ZERO, "no tick near the price");
                }
            }
        }
        let [fork] = market.forks.as_slice() else { panic!("one fork, not {:?}", market.forks) };
        assert_ne!(fork.factory, chain.info().uniswap_v2_factory);
        assert_eq!(fork.init_code_hash, V2_INIT_CODE_HASH);
        let forked = market.pools.iter().filter(|pool| pool.factory == Some(fork.factory)).count();
        assert_eq!(forked, 2);
    }
}

#[tokio::test]
async fn what_is_there_without_arbitrage_stays_where_it_is() {
    let (with, without) = tokio::join!(start(), Devnet::start(Options::default()));
    let without = without.unwrap();
    let bare = |info: &ChainInfo| {
        let mut info = info.clone();
        (info.rpc, info.ws) = (Vec::new(), Vec::new());
        (info.node_url, info.ws_url) = (String::new(), String::new());
        info.arbitrage = None;
        serde_json::to_value(info).unwrap()
    };
    for (name, chain) in without.chains() {
        assert_eq!(bare(chain.info()), bare(with.chain(name).info()));
        assert!(matches!(chain.arbitrage(), Err(Error::Option { .. })));
        assert!(matches!(chain.market(PoolRef::Index(0)), Err(Error::Option { .. })));
    }
}

#[tokio::test]
async fn at_the_start_no_way_there_and_back_pays() {
    let devnet = start().await;
    for chain in devnet.chains().values() {
        let market = chain.arbitrage().unwrap();
        let mut pools = market.pools.clone();
        for pool in &chain.info().pools {
            pools.push(chain.market(PoolRef::Address(pool.address)).unwrap());
        }
        let mut ways = 0;
        for there in &pools {
            for back in pools.iter().filter(|back| (back.token0, back.token1) == (there.token0, there.token1))
            {
                let amount = worth(chain, there.token0, 100);
                let bought = quote(chain, there, true, amount).await;
                let left = quote(chain, back, false, bought).await;
                assert!(left < amount, "{there:?} and back by {back:?}: {left} of {amount}");
                assert!(left > amount * U256::from(99) / U256::from(100), "{there:?} {back:?} {left}");
                ways += 1;
            }
        }
        assert_eq!(ways, 25 + 16 + 1, "{}", chain.name());
    }
}
