//! Solana, one request, one slot.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::B256;

use crate::bridges::cctp::solana::{SolanaEnd, SolanaState};
use crate::chains::solana::associated::associated_account;
use crate::chains::solana::fees::{SIGNATURE_FEE, percentile};
use crate::chains::solana::scan::{Further, ScanRequest};
use crate::chains::solana::{Address, Commitment, Signature, SolanaChain, Status};
use crate::config::{SolanaConfig, SolanaTokenConfig};
use crate::domain::snapshot::{ChainView, Gas, Height, LamportFees, Reading};
use crate::domain::{Amount, AssetId, Domain};
use crate::observe::chain::{Bridge, CCTP_ASSET, Observed, Progress, arrival_agreed, arrived};
use crate::observe::commitments::Commitments;

/// Decimals of the native coin.
const NATIVE_DECIMALS: u8 = 9;
/// Bytes of the account a burn keeps its message in, without hook data.
const EVENT_BYTES: usize = 428;
/// Bytes of the account that marks a message as received.
const NONCE_BYTES: usize = 9;
/// Bytes of a plain token account.
const ACCOUNT_BYTES: usize = 165;

/// Reads Solana and remembers what does not change.
pub struct SolanaObserver {
    chain: SolanaChain,
    wallet: Address,
    config: SolanaConfig,
    tokens: Vec<(AssetId, SolanaTokenConfig)>,
    bridge: Option<(SolanaEnd, Vec<Domain>)>,
    rents: Option<Rents>,
    told: Told,
}

/// What one endpoint said of our transactions and of arrivals when it was last read.
#[derive(Debug, Default)]
struct Told {
    slot: u64,
    landed: Vec<(Signature, bool)>,
    received: Vec<(B256, bool)>,
}

/// Lamports of the accounts that our transactions create.
#[derive(Debug, Clone, Copy)]
struct Rents {
    event: u64,
    nonce: u64,
    account: u64,
}

impl SolanaObserver {
    /// An observer of `chain` for `wallet`; `remotes` are the domains of the other chains.
    pub fn new(wallet: Address, chain: SolanaChain, config: &SolanaConfig, remotes: Vec<Domain>) -> Self {
        let tokens: Vec<(AssetId, SolanaTokenConfig)> =
            config.tokens.iter().map(|(asset, token)| (AssetId::new(asset), token.clone())).collect();
        let bridge = config.cctp.as_ref().zip(config.tokens.get(CCTP_ASSET)).map(|(programs, token)| {
            let asset = AssetId::new(CCTP_ASSET);
            (SolanaEnd::new(chain.name().clone(), asset, programs, token.clone()), remotes)
        });
        Self { chain, wallet, config: config.clone(), tokens, bridge, rents: None, told: Told::default() }
    }

    /// Reads everything in one request.
    pub async fn read(&mut self, commitments: &Commitments) -> Reading<Observed> {
        let rents = self.rents().await?;
        let awaited = commitments.awaited(self.chain.name());
        let signatures = commitments.signatures(self.chain.name());
        let (accounts, state_count) = self.bridge_accounts(&awaited);
        let request = ScanRequest {
            wallet: self.wallet,
            tokens: self.tokens.iter().map(|(_, token)| token.clone()).collect(),
            accounts,
            commitment: Commitment::Confirmed,
            min_slot: commitments.newest_block(self.chain.name()),
        };
        let further = Further { signatures: signatures.clone(), fee_accounts: self.fee_accounts() };
        let scanned = self.chain.scan_with(&request, &further).await;
        let (scan, answers) = scanned.map_err(|error| error.to_string())?;
        let (state, nonces) = scan.accounts.split_at(state_count.min(scan.accounts.len()));
        let mut received = Vec::new();
        let mut bridge = None;
        if let Some((end, remotes)) = &self.bridge {
            for (nonce, account) in awaited.iter().zip(nonces) {
                let is_received = end.is_received(*nonce, account.as_ref());
                received.push((*nonce, is_received.map_err(|error| error.to_string())?));
            }
            let read: Reading<SolanaState> =
                end.state(&self.wallet, remotes, state).map_err(|error| error.to_string());
            bridge = Some(Bridge::Solana(Box::new((end.clone(), read))));
        }
        let balances: BTreeMap<AssetId, Reading<Amount>> = self
            .tokens
            .iter()
            .zip(&scan.tokens)
            .map(|((asset, token), read)| {
                let units = read.as_ref().map(|held| u128::from(held.units())).map_err(ToString::to_string);
                (asset.clone(), units.map(|units| Amount::new(asset.clone(), token.decimals, units)))
            })
            .collect();
        // In the state that was read is what had its effect up to its slot.
        let effective = signatures.into_iter().zip(answers.effective);
        let told = effective.map(|(one, slot)| (one, slot.is_some_and(|slot| slot <= scan.slot)));
        self.told = Told { slot: scan.slot, landed: told.collect(), received };
        let landed: BTreeSet<Signature> =
            self.told.landed.iter().filter(|(_, landed)| *landed).map(|(one, _)| *one).collect();
        Ok(Observed {
            height: Height { number: scan.slot, hash: None, timestamp: scan.timestamp },
            finalised: None,
            native: Amount::new(
                AssetId::new(&self.config.native),
                NATIVE_DECIMALS,
                u128::from(scan.lamports),
            ),
            gas: Gas::Solana(LamportFees {
                signature: SIGNATURE_FEE,
                compute_price: percentile(&answers.fees, self.config.fees.percentile),
                max_priority: self.config.fees.max_priority_lamports,
                event_rent: rents.event,
                nonce_rent: rents.nonce,
                account_rent: rents.account,
            }),
            balances,
            bridge,
            pools: Vec::new(),
            used: arrived(&self.told.received),
            progress: Progress::Landed(landed),
        })
    }

    /// Whether a quorum sees the balances that `view` was made from.
    pub async fn confirm(&self, view: &ChainView) -> Reading<()> {
        let name = self.chain.name();
        let mut addresses = vec![self.wallet];
        for (_, token) in &self.tokens {
            addresses.push(token.mint);
            addresses.push(associated_account(&self.wallet, &token.mint, &token.program));
        }
        let mints: Vec<Address> = self.tokens.iter().map(|(_, token)| token.mint).collect();
        // Endpoints that are a few slots behind have the same balances; were they asked for this slot, they would refuse.
        let read = self.chain.accounts_alike(&addresses, &mints, Commitment::Confirmed, 0).await;
        let read = read.map_err(|error| format!("balances on {name} are not confirmed: {error}"))?;
        let mut accounts = read.accounts.iter().map(Option::as_ref);
        let lamports = accounts.next().flatten().map_or(0, |account| u128::from(account.lamports));
        let mut seen = vec![(&view.native, lamports)];
        for (asset, token) in &self.tokens {
            let (mint, account) = (accounts.next().flatten(), accounts.next().flatten());
            let held = crate::chains::solana::token::held(token, &self.wallet, mint, account);
            let held = held.map_err(|error| format!("{asset} on {name} is not confirmed: {error}"))?;
            if let Some(balance) = view.balances.get(asset) {
                seen.push((&balance.on_chain, u128::from(held.units())));
            }
        }
        match seen.into_iter().find(|(said, agreed)| said.units() != *agreed) {
            None => self.confirm_landed(view).await,
            Some((said, agreed)) => Err(format!(
                "the wallet holds {} base units of {} on {name} by one RPC endpoint and {agreed} by a quorum. Either \
                 it changed just now, or the endpoints contradict each other: `purser doctor` compares them",
                said.units(),
                said.asset()
            )),
        }
    }

    /// Whether a quorum says the same of our transactions: an amount that left already would otherwise be
    /// subtracted a second time, and sent for again.
    async fn confirm_landed(&self, view: &ChainView) -> Reading<()> {
        let name = self.chain.name();
        if self.told.slot != view.block.number {
            return Err(format!("{name} was read again meanwhile; the next decision looks anew"));
        }
        for (signature, said) in &self.told.landed {
            let status = self.chain.status(*signature).await;
            let status =
                status.map_err(|error| format!("what landed on {name} is not confirmed: {error}"))?;
            let agreed = match status {
                Status::Confirmed { slot } | Status::Finalised { slot } => slot <= self.told.slot,
                Status::Unseen | Status::Processed { .. } | Status::Failed { .. } => false,
            };
            if *said != agreed {
                let [said, agreed] =
                    [*said, agreed].map(|landed| if landed { "landed" } else { "did not land" });
                return Err(format!(
                    "{signature} {said} on {name} by one RPC endpoint and {agreed} by a quorum. Either it landed \
                     just now, or the endpoints contradict each other: `purser doctor` compares them"
                ));
            }
        }
        self.confirm_received().await
    }

    /// Whether a quorum says the same of arrivals.
    async fn confirm_received(&self) -> Reading<()> {
        let (Some((end, _)), false) = (&self.bridge, self.told.received.is_empty()) else { return Ok(()) };
        let name = self.chain.name();
        let unconfirmed = |error: String| format!("an arrival on {name} is not confirmed: {error}");
        let nonces = self.told.received.iter().map(|(nonce, _)| end.programs.used_nonce(*nonce));
        let nonces: Vec<Address> = nonces.collect();
        let read = self.chain.accounts_agreed(&nonces, Commitment::Confirmed, 0).await;
        let read = read.map_err(|error| unconfirmed(error.to_string()))?;
        for ((nonce, said), account) in self.told.received.iter().zip(&read.accounts) {
            let agreed = end.is_received(*nonce, account.as_ref());
            arrival_agreed(name, *nonce, *said, agreed.map_err(|error| unconfirmed(error.to_string()))?)?;
        }
        Ok(())
    }

    /// Accounts of the bridge's programs, then those of awaited nonces; and how many the first are.
    fn bridge_accounts(&self, awaited: &[B256]) -> (Vec<Address>, usize) {
        let Some((end, remotes)) = &self.bridge else { return (Vec::new(), 0) };
        let mut accounts = end.state_accounts(&self.wallet, remotes);
        let count = accounts.len();
        accounts.extend(awaited.iter().map(|nonce| end.programs.used_nonce(*nonce)));
        (accounts, count)
    }

    /// What our transactions write to that others do too: their fees say what landing costs.
    fn fee_accounts(&self) -> Vec<Address> {
        match &self.bridge {
            Some((end, _)) => vec![end.programs.local_token(&end.token.mint), end.token.mint],
            None => self.tokens.iter().map(|(_, token)| token.mint).collect(),
        }
    }

    /// Rents never change by themselves: they are asked once.
    async fn rents(&mut self) -> Reading<Rents> {
        if let Some(rents) = self.rents {
            return Ok(rents);
        }
        let chain = &self.chain;
        let asked =
            tokio::try_join!(chain.rent(EVENT_BYTES), chain.rent(NONCE_BYTES), chain.rent(ACCOUNT_BYTES));
        let (event, nonce, account) = asked.map_err(|error| error.to_string())?;
        Ok(*self.rents.insert(Rents { event, nonce, account }))
    }
}
