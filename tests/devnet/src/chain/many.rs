//! Pools by the thousand, for benchmarks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use alloy::primitives::aliases::U112;
use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{SolCall, SolEvent};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::Chain;
use crate::abi::IPairFarm;
use crate::artifacts::Artifacts;
use crate::error::Error;
use crate::manifest::{PoolInfo, PoolKind};

/// Pairs that one transaction makes.
const AT_ONCE: usize = 200;

/// Gas of such a transaction: a pair with its liquidity takes not quite three million.
const GAS: u64 = 700_000_000;

/// Block gas limits while pools are made and afterwards.
const LIMITS: [u64; 2] = [2_000_000_000, 60_000_000];

/// What [`Chain::many_pools`] made.
#[derive(Debug, Clone)]
pub struct ManyPools {
    /// The contract that makes more of the tokens.
    pub farm: Address,
    /// Tokens of eighteen decimals.
    pub tokens: Vec<Address>,
    /// V2 pairs of those tokens, with a fee of 3000.
    pub pools: Vec<PoolInfo>,
    /// How long it took.
    pub took: Duration,
}

impl Chain {
    /// Makes `count` V2 pairs of about `2 √count` tokens at a factory, with reserves that are worth
    /// 10 000 to a million each, at prices up to half a per cent off. The same seed makes the same pools.
    ///
    /// # Errors
    /// [`Error::Reverted`] if the chain does not allow it, [`Error::Rpc`] if the node refuses.
    pub async fn many_pools(&self, factory: Address, count: usize, seed: u64) -> Result<ManyPools, Error> {
        let begun = Instant::now();
        let farm = self.deploy(self.admin, &Artifacts::default().creation("PairFarm")?).await?;
        self.set_block_gas_limit(LIMITS[0]).await?;
        let token_count = 2 * count.isqrt() + 3;
        let call = IPairFarm::makeTokensCall { count: U256::from(token_count) };
        let data = self.made(farm, call.abi_encode(), IPairFarm::Tokens::SIGNATURE_HASH).await?;
        let (tokens,) = IPairFarm::Tokens::abi_decode_data(&data)
            .map_err(|error| self.undecodable("the tokens", &error.to_string()))?;
        let mut pools = Vec::with_capacity(count);
        for planted in plan(count, token_count, seed).chunks(AT_ONCE) {
            let call = IPairFarm::makePairsCall { factory, planted: planted.to_vec() };
            let data = self.made(farm, call.abi_encode(), IPairFarm::Pairs::SIGNATURE_HASH).await?;
            let (pairs,) = IPairFarm::Pairs::abi_decode_data(&data)
                .map_err(|error| self.undecodable("the pairs", &error.to_string()))?;
            for (planted, address) in planted.iter().zip(pairs) {
                let (a, b) = (tokens[planted.a as usize], tokens[planted.b as usize]);
                let (token0, token1) = (a.min(b), a.max(b));
                pools.push(PoolInfo { kind: PoolKind::V2, address, token0, token1, fee: 3_000 });
            }
        }
        self.set_block_gas_limit(LIMITS[1]).await?;
        self.restore_base_fee().await?;
        Ok(ManyPools { farm, tokens, pools, took: begun.elapsed() })
    }

    async fn set_block_gas_limit(&self, gas: u64) -> Result<(), Error> {
        self.rpc.call("evm_setBlockGasLimit", json!([format!("0x{gas:x}")])).await?;
        Ok(())
    }

    /// Sends a call of the farm and answers the data of the event that says what it made.
    async fn made(
        &self,
        farm: Address,
        data: Vec<u8>,
        topic: alloy::primitives::B256,
    ) -> Result<Bytes, Error> {
        // An estimate would carry all of it out once more.
        let request = json!({"to": farm, "data": Bytes::from(data), "gas": format!("0x{GAS:x}")});
        let (_, receipt) = self.carry_out(self.admin, request, "the making of pools").await?;
        let logs = receipt["logs"].as_array();
        let log = logs.and_then(|logs| logs.iter().find(|log| log["topics"][0] == json!(topic)));
        let data = log.map_or(Value::Null, |log| log["data"].clone());
        serde_json::from_value(data).map_err(|error| self.undecodable("what was made", &error.to_string()))
    }
}

/// Which pairs, and with what reserves.
fn plan(count: usize, tokens: usize, seed: u64) -> Vec<IPairFarm::Planted> {
    let mut random = StdRng::seed_from_u64(seed);
    // What one whole token is worth.
    let worth: Vec<f64> = (0..tokens).map(|_| 10f64.powf(random.gen_range(-2.0..2.0))).collect();
    let mut taken = BTreeSet::new();
    let mut planned = Vec::with_capacity(count);
    while planned.len() < count {
        let (a, b) = (random.gen_range(0..tokens), random.gen_range(0..tokens));
        if a >= b || !taken.insert((a, b)) {
            continue;
        }
        let side = 10f64.powf(random.gen_range(4.0..6.0));
        let off = 1.0 + random.gen_range(-0.005..0.005);
        let units = |whole: f64| U112::from((whole * 1e18) as u128);
        planned.push(IPairFarm::Planted {
            a: a as u32,
            b: b as u32,
            amountA: units(side / worth[a]),
            amountB: units(side * off / worth[b]),
        });
    }
    planned
}
