//! What the control server can do to a chain.

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chain::{Asset, Chain, Place, PoolRef, Trade, Traded};
use crate::error::Error;

/// A change of a chain. In a request the variant is the last part of the path
/// and its fields are the body.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChainCommand {
    /// Mines so many blocks.
    Mine { blocks: u64 },
    /// Mines until everything so far is finalized.
    Finalize {},
    /// One block per transaction, or none without `mine`.
    Automine { on: bool },
    /// One block per so many seconds.
    Interval { seconds: f64 },
    /// Answers a snapshot for `revert`.
    Snapshot {},
    /// Goes back to a snapshot, which ends its life.
    Revert { snapshot: Value },
    /// Replaces the last `depth` blocks, with or without their transactions.
    Reorg { depth: u64, keep_transactions: bool },
    /// Gives an account so many minor units.
    Mint { asset: Asset, to: Address, amount: U256 },
    /// Sets an account's native balance.
    Native { account: Address, wei: U256 },
    /// Takes all of an asset from an account.
    Drain { asset: Asset, account: Address },
    /// What 1inch's router pays above the constant product of its inventory, in millionths.
    OneInchEdge { ppm: i64 },
    /// Sets the base fee of the next block.
    BaseFee { wei: u64 },
    /// Puts an account on USDC's blacklist, or takes it off.
    Blacklist { account: Address, on: bool },
    /// Pauses USDC.
    PauseUsdc { on: bool },
    /// Pauses CCTP.
    PauseCctp { on: bool },
    /// Puts an account on CCTP's denylist, or takes it off.
    Denylist { account: Address, on: bool },
    /// The most USDC one burn may take, in minor units; 0 is "not supported".
    BurnLimit { amount: u64 },
    /// CCTP's minimum fee in thousandths of a basis point.
    MinFee { fee: u64 },
    /// The TokenMessenger of another domain, or none.
    RemoteMessenger { domain: u32, messenger: Option<Address> },
    /// Enables or disables an attester.
    Attester { attester: Address, on: bool },
    /// OP stack: the L1 fee per byte.
    L1FeePerByte { wei: u64 },
    /// Arbitrum: the L1 base fee, and the L2 gas that pays for it.
    L1BaseFee { wei: u64, l2_gas: u64 },
    /// A third party swaps in a pool; answers what went in and came out.
    Trade { pool: PoolRef, zero_for_one: bool, amount: U256 },
    /// The same, waiting for the next block at a place in it; answers the hash.
    QueueTrade { pool: PoolRef, zero_for_one: bool, amount: U256, place: Place },
    /// What a mined trade came to.
    Traded { tx_hash: B256 },
    /// The transactions that wait for a block.
    Waiting {},
    /// Sets a pool's liquidity in millionths of what it started with.
    Liquidity { pool: PoolRef, ppm: u32 },
    /// Puts a contract that looks like a pool at another price where nobody made one.
    Bait { at: Address, like: PoolRef, price_ppm: u32 },
    /// Creates a contract; answers its address.
    Deploy { from: Address, code: Bytes },
}

impl ChainCommand {
    /// Does it; the answer is null where there is nothing to tell.
    ///
    /// # Errors
    /// What the chain says.
    pub async fn run(self, chain: &Chain) -> Result<Value, Error> {
        match self {
            Self::Mine { blocks } => chain.mine(blocks).await?,
            Self::Finalize {} => chain.finalize().await?,
            Self::Automine { on } => chain.set_automine(on).await?,
            Self::Interval { seconds } => chain.set_interval(seconds).await?,
            Self::Snapshot {} => return Ok(json!({ "snapshot": chain.snapshot().await? })),
            Self::Revert { snapshot } => return Ok(json!({ "reverted": chain.revert(snapshot).await? })),
            Self::Reorg { depth, keep_transactions } => chain.reorg(depth, keep_transactions).await?,
            Self::Mint { asset, to, amount } => chain.mint(asset, to, amount).await?,
            Self::Native { account, wei } => chain.set_native(account, wei).await?,
            Self::Drain { asset, account } => chain.drain(asset, account).await?,
            Self::OneInchEdge { ppm } => chain.set_oneinch_edge(ppm).await?,
            Self::BaseFee { wei } => chain.set_next_base_fee(u128::from(wei)).await?,
            Self::Blacklist { account, on } => chain.set_blacklisted(account, on).await?,
            Self::PauseUsdc { on } => chain.set_paused(on).await?,
            Self::PauseCctp { on } => chain.set_cctp_paused(on).await?,
            Self::Denylist { account, on } => chain.set_denylisted(account, on).await?,
            Self::BurnLimit { amount } => chain.set_burn_limit(u128::from(amount)).await?,
            Self::MinFee { fee } => chain.set_min_fee(fee).await?,
            Self::RemoteMessenger { domain, messenger } => {
                chain.set_remote_messenger(domain, messenger).await?;
            }
            Self::Attester { attester, on } => chain.set_attester(attester, on).await?,
            Self::L1FeePerByte { wei } => chain.set_l1_fee_per_byte(wei).await?,
            Self::L1BaseFee { wei, l2_gas } => chain.set_l1_base_fee(wei, l2_gas).await?,
            Self::Trade { pool, zero_for_one, amount } => {
                return Ok(told(chain.trade(Trade { pool, zero_for_one, amount }).await?));
            }
            Self::QueueTrade { pool, zero_for_one, amount, place } => {
                let hash = chain.queue_trade(Trade { pool, zero_for_one, amount }, place).await?;
                return Ok(json!({ "tx_hash": hash }));
            }
            Self::Traded { tx_hash } => return Ok(told(chain.traded(tx_hash).await?)),
            Self::Waiting {} => return Ok(chain.waiting().await?.iter().map(|tx| json!(tx)).collect()),
            Self::Liquidity { pool, ppm } => chain.set_liquidity(pool, ppm).await?,
            Self::Bait { at, like, price_ppm } => chain.bait(at, like, price_ppm).await?,
            Self::Deploy { from, code } => {
                return Ok(json!({ "address": chain.deploy(from, &code).await? }));
            }
        }
        Ok(Value::Null)
    }
}

/// Amounts in decimals, as requests have them.
fn told(traded: Traded) -> Value {
    json!({
        "tx_hash": traded.tx_hash,
        "amount_in": traded.amount_in.to_string(),
        "amount_out": traded.amount_out.to_string(),
    })
}

/// Where a chain stands and what CCTP and the pools did on it since the start.
///
/// # Errors
/// What the chain says.
pub async fn state(chain: &Chain) -> Result<Value, Error> {
    Ok(json!({
        "latest": chain.latest().await?,
        "finalized": chain.finalized().await?,
        "burns": chain.burns().await?.len(),
        "mints": chain.mints().await?.len(),
        "swaps": chain.swaps().await?.len(),
    }))
}
