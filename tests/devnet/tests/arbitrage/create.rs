//! Contracts and pools that a test or benchmark brings along.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use alloy::primitives::Address;
use alloy::sol;
use alloy::sol_types::SolValue;
use devnet::abi::IUniswapV2;
use devnet::artifacts::creation_in;
use devnet::{Chain, Error};

use crate::start;

sol! {
    function weth() external view returns (address);
    function symbol() external view returns (string memory);
    function decimals() external view returns (uint8);
}

fn artifact(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(name).with_extension("json")
}

#[tokio::test]
async fn a_contract_is_created_by_whom_and_with_what_is_asked() {
    let devnet = start().await;
    let chain = devnet.chain("arbitrum");
    let (owner, given) = (devnet.wallet(), Address::repeat_byte(7));
    let code = creation_in(&artifact("PoolSeeder"), &given.abi_encode()).unwrap();
    let at = chain.deploy(owner, &code).await.unwrap();
    assert_eq!(at, owner.create(0));
    assert_eq!(chain.read(at, &wethCall {}).await.unwrap(), given);
    let next = chain.deploy(owner, &code).await.unwrap();
    assert_eq!(next, owner.create(1));
    let missing = creation_in(Path::new("nowhere.json"), &[]).unwrap_err();
    assert!(matches!(missing, Error::NotSetUp { .. }), "{missing}");
    // INVALID as the whole of the constructor.
    assert!(matches!(chain.deploy(owner, &vec![0xfe].into()).await, Err(Error::Rpc(_))));
}

async fn make(chain: &Chain, count: usize) -> Duration {
    let factory = chain.info().uniswap_v2_factory;
    let made = chain.many_pools(factory, count, 7).await.unwrap();
    assert_eq!(made.pools.len(), count);
    let distinct: BTreeSet<Address> = made.pools.iter().map(|pool| pool.address).collect();
    assert_eq!(distinct.len(), count);
    for pool in made.pools.iter().step_by(count / 20) {
        let call = IUniswapV2::getPairCall { a: pool.token0, b: pool.token1 };
        assert_eq!(chain.read(factory, &call).await.unwrap(), pool.address);
        let reserves = chain.read(pool.address, &IUniswapV2::getReservesCall {}).await.unwrap();
        assert!(!reserves.reserve0.is_zero() && !reserves.reserve1.is_zero());
    }
    assert_eq!(chain.read(made.tokens[0], &symbolCall {}).await.unwrap(), "FARM");
    assert_eq!(chain.read(made.tokens[0], &decimalsCall {}).await.unwrap(), 18);
    println!("{count} pools of {} tokens took {:?}", made.tokens.len(), made.took);
    made.took
}

#[tokio::test]
async fn a_thousand_pools_are_made_at_the_rate_of_ten_thousand_a_minute() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let took = make(chain, 1_000).await;
    assert!(took < Duration::from_secs(6), "at {took:?} per thousand, ten thousand take over a minute");
    let block = chain.rpc().call("eth_getBlockByNumber", serde_json::json!(["latest", false])).await.unwrap();
    assert_eq!(devnet::rpc::quantity(&block["gasLimit"]), Some(2_000_000_000));
    chain.mine(1).await.unwrap();
    let block = chain.rpc().call("eth_getBlockByNumber", serde_json::json!(["latest", false])).await.unwrap();
    assert_eq!(devnet::rpc::quantity(&block["gasLimit"]), Some(60_000_000));
    assert_eq!(devnet::rpc::quantity(&block["baseFeePerGas"]), Some(10_000_000));
}
