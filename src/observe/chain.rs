//! One chain, one request, one block.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes};

use crate::bridges::cctp::End;
use crate::bridges::cctp::contracts::preflight::{Preflight, State, decode_used_nonce, used_nonce};
use crate::bridges::cctp::solana::{SolanaEnd, SolanaState};
use crate::chains::evm::{At, EvmChain, ScanRequest, erc20};
use crate::chains::solana::Signature;
use crate::config::ChainConfig;
use crate::domain::pool::Pool;
use crate::domain::snapshot::{ChainView, Gas, Height, Reading};
use crate::domain::{Amount, AssetId, ChainName, Domain};
use crate::observe::commitments::Commitments;
use crate::venues::uniswap::reader::MAX_ROUNDS;
use crate::venues::uniswap::{Decoded, PoolReader, ReadError};

/// The asset CCTP moves.
pub const CCTP_ASSET: &str = "USDC";

/// Reads one chain and remembers what its pools look like, so that the next read asks once.
pub struct ChainObserver {
    chain: EvmChain,
    wallet: Address,
    tokens: Vec<(AssetId, Address, u8)>,
    native: AssetId,
    bridge: Option<(End, Preflight)>,
    pools: Vec<PoolReader>,
    quorum: usize,
    told: Option<Told>,
}

/// What one endpoint said of our transactions and of arrivals when it was last read.
#[derive(Debug)]
struct Told {
    height: Height,
    nonce: u64,
    used: Vec<(B256, bool)>,
}

/// One end of the bridge with the state of its contracts or programs.
#[derive(Debug, Clone)]
pub enum Bridge {
    /// On an EVM chain.
    Evm(Box<(End, Reading<State>)>),
    /// On Solana.
    Solana(Box<(SolanaEnd, Reading<SolanaState>)>),
}

/// Which of our transactions are part of the state that was read.
#[derive(Debug, Clone)]
pub enum Progress {
    /// Those with a lower nonce.
    Nonce(u64),
    /// These.
    Landed(BTreeSet<Signature>),
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Where.
    pub height: Height,
    /// Height of the newest final block, where it was read along.
    pub finalised: Option<u64>,
    /// What transactions cost.
    pub gas: Gas,
    /// What is part of it.
    pub progress: Progress,
    /// Native coin.
    pub native: Amount,
    /// Balance per asset, or why there is none.
    pub balances: BTreeMap<AssetId, Reading<Amount>>,
    /// The bridge's end here and the state of its contracts.
    pub bridge: Option<Bridge>,
    /// Pools that could be read.
    pub pools: Vec<Arc<Pool>>,
    /// Message nonces used here, of those asked for.
    pub used: BTreeSet<B256>,
}

impl ChainObserver {
    /// An observer of `chain`; `remotes` are the domains of the other chains.
    pub fn new(
        wallet: Address,
        recipients: &[Address],
        chain: EvmChain,
        config: &ChainConfig,
        remotes: &[Domain],
    ) -> Result<Self, ReadError> {
        let name = chain.name().clone();
        let tokens = config.tokens.iter();
        let tokens =
            tokens.map(|(asset, token)| (AssetId::new(asset), token.address, token.decimals)).collect();
        let accounts: Vec<Address> = [wallet].into_iter().chain(recipients.iter().copied()).collect();
        let bridge = match (&config.cctp, config.tokens.get(CCTP_ASSET)) {
            (Some(contracts), Some(token)) => {
                let end = End::new(name.clone(), AssetId::new(CCTP_ASSET), token.address, contracts);
                let preflight = Preflight::new(&end, &accounts, remotes);
                Some((end, preflight))
            }
            (Some(_) | None, _) => None,
        };
        let pools = PoolReader::routed(&name, config)?;
        Ok(Self {
            chain,
            wallet,
            tokens,
            native: AssetId::new(&config.native),
            bridge,
            pools,
            quorum: config.quorum,
            told: None,
        })
    }

    /// Reads the chain in one request; in a few when a pool moved out of what was known of it.
    pub async fn read(&mut self, commitments: &Commitments) -> Reading<Observed> {
        let name = self.chain.name().clone();
        let awaited = commitments.awaited(&name);
        for _ in 0..MAX_ROUNDS {
            if let Some(observed) = self.read_once(&awaited).await? {
                return Ok(observed);
            }
        }
        Err(format!("the pools of {name} changed faster than they could be read; the next tick tries again"))
    }

    /// A scan is one endpoint's word. Before money moves on it, or the books are opened with it, a
    /// quorum must see the same balances, the same of our transactions and the same arrivals. They are
    /// asked for at the newest block: a block's hash would be that one endpoint's word again.
    pub async fn confirm(&self, view: &ChainView) -> Reading<()> {
        if self.quorum <= 1 {
            return Ok(());
        }
        let native = (&view.native, self.chain.native_balance(self.wallet));
        let tokens = self.tokens.iter().filter_map(|(asset, token, _)| {
            let balance = view.balances.get(asset)?;
            Some((&balance.on_chain, erc20::balance_of(*token, self.wallet)))
        });
        for (said, call) in tokens.chain([native]) {
            let (name, asset) = (self.chain.name(), said.asset());
            let answer = self.chain.call_agreed(&call, At::Latest).await.map_err(|error| error.to_string());
            let agreed = answer
                .and_then(|data| erc20::units(&data))
                .map_err(|error| format!("{asset} on {name} is not confirmed: {error}"))?;
            if agreed != said.units() {
                return Err(format!(
                    "the wallet holds {} base units of {asset} on {name} by one RPC endpoint and {agreed} by a \
                     quorum. Either it changed just now, or the endpoints contradict each other: `purser doctor` \
                     compares them",
                    said.units()
                ));
            }
        }
        self.confirm_progress(view).await
    }

    /// Whether a quorum says the same of what was sent and of what arrived: an amount that left already
    /// would otherwise be subtracted a second time, and one that is still to come be sent for again.
    async fn confirm_progress(&self, view: &ChainView) -> Reading<()> {
        let name = self.chain.name();
        let Some(told) = self.told.as_ref().filter(|told| told.height == view.block) else {
            return Err(format!("{name} was read again meanwhile; the next decision looks anew"));
        };
        let agreed = self.chain.nonce(self.wallet, At::Latest).await;
        let agreed = agreed.map_err(|error| format!("what was sent on {name} is not confirmed: {error}"))?;
        if agreed != told.nonce {
            return Err(format!(
                "the wallet sent {} transactions on {name} by one RPC endpoint and {agreed} by a quorum. Either one \
                 was included just now, or the endpoints contradict each other: `purser doctor` compares them",
                told.nonce
            ));
        }
        let Some((end, _)) = &self.bridge else { return Ok(()) };
        for (nonce, said) in &told.used {
            let answer = self.chain.call_agreed(&used_nonce(end, *nonce), At::Latest).await;
            let agreed = decode_used_nonce(&answer.map_err(|error| error.to_string()))
                .map_err(|error| format!("an arrival on {name} is not confirmed: {error}"))?;
            arrival_agreed(name, *nonce, *said, agreed)?;
        }
        Ok(())
    }

    /// `None` when a pool needs another question asked.
    async fn read_once(&mut self, awaited: &[B256]) -> Reading<Option<Observed>> {
        let mut calls = Vec::new();
        if let Some((end, preflight)) = &self.bridge {
            calls.extend_from_slice(preflight.calls());
            calls.extend(awaited.iter().map(|nonce| used_nonce(end, *nonce)));
        }
        let mut spans = Vec::new();
        for pool in &self.pools {
            let asked = pool.calls();
            spans.push(asked.len());
            calls.extend(asked);
        }
        let tokens = self.tokens.iter().map(|(asset, token, _)| (asset.clone(), *token)).collect();
        let request = ScanRequest { wallet: self.wallet, tokens, calls };
        let mut scan = self.chain.scan(&request).await.map_err(|error| error.to_string())?;
        let results = std::mem::take(&mut scan.results);
        let mut rest = results.as_slice();

        let mut used = Vec::new();
        let bridge = match &self.bridge {
            Some((end, preflight)) => {
                let state = preflight.decode(take(&mut rest, preflight.calls().len()));
                for (nonce, answer) in awaited.iter().zip(take(&mut rest, awaited.len())) {
                    let is_used = decode_used_nonce(answer).map_err(|error| error.to_string())?;
                    used.push((*nonce, is_used));
                }
                Some(Bridge::Evm(Box::new((end.clone(), state.map_err(|error| error.to_string())))))
            }
            None => None,
        };
        let mut pools = Vec::new();
        let mut complete = true;
        for (reader, span) in self.pools.iter_mut().zip(spans) {
            match reader.decode(take(&mut rest, span)) {
                Ok(Decoded::Ready(pool)) => pools.push(pool),
                Ok(Decoded::NeedsMore(_)) => complete = false,
                // A pool that cannot be read is not used; the rest of the chain is.
                Err(error) => tracing::warn!(chain = %self.chain.name(), "{error}"),
            }
        }
        if !complete {
            return Ok(None);
        }
        let balances = self.tokens.iter().zip(&scan.tokens).map(|((asset, _, decimals), read)| {
            let amount = read.clone().map(|units| Amount::new(asset.clone(), *decimals, units));
            (asset.clone(), amount)
        });
        let balances = balances.collect();
        let native = Amount::new(self.native.clone(), 18, scan.native);
        let height = scan.block.into();
        let told = self.told.insert(Told { height, nonce: scan.nonce, used });
        Ok(Some(Observed {
            height,
            finalised: Some(scan.finalized),
            gas: scan.gas.into(),
            progress: Progress::Nonce(scan.nonce),
            native,
            balances,
            bridge,
            pools,
            used: arrived(&told.used),
        }))
    }
}

/// The messages of `told` that are said to have been received.
pub(super) fn arrived(told: &[(B256, bool)]) -> BTreeSet<B256> {
    told.iter().filter(|(_, used)| *used).map(|(nonce, _)| *nonce).collect()
}

/// Refuses what one endpoint `said` of an arrival when a quorum `agreed` on something else.
pub(super) fn arrival_agreed(name: &ChainName, nonce: B256, said: bool, agreed: bool) -> Reading<()> {
    if said == agreed {
        return Ok(());
    }
    let [said, agreed] = [said, agreed].map(|used| if used { "arrived" } else { "did not arrive" });
    Err(format!(
        "the message with nonce {nonce} {said} on {name} by one RPC endpoint and {agreed} by a quorum. Either it was \
         received just now, or the endpoints contradict each other: `purser doctor` compares them"
    ))
}

fn take<'a>(rest: &mut &'a [Reading<Bytes>], count: usize) -> &'a [Reading<Bytes>] {
    let (head, tail) = rest.split_at(count.min(rest.len()));
    *rest = tail;
    head
}
