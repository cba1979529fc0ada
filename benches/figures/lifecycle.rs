//! The writes of an operation's whole life, as the daemon makes them.

use alloy::primitives::{Address, B256, Bytes, keccak256};
use purser::domain::plan::{Certificate, Cost};
use purser::domain::{
    Amount, AssetId, BridgeStep, ChainName, Leg, OperationId, OperationState, Plan, Position, Speed, Step,
    SwapStep, Timestamp, Usd, Venue,
};
use purser::journal::{AttemptId, AttemptState, BridgeMessage, Cause, Entry, Inclusion, Journal, NewAttempt};

use OperationState::{
    Approved, Attested, Attesting, Broadcast, Final, Included, Minting, Planned, Reserved, Signed,
};

/// Base units moved by one operation: 100 dollars.
const UNITS: u128 = 100_000_000;
/// Base units the bridge keeps.
const FEE: u128 = 10_000;
/// Wei one transaction costs.
const GAS_WEI: u128 = 20_000_000_000_000;

/// What the operations are recorded for.
pub struct Keeper<'a> {
    pub journal: &'a Journal,
    pub wallet: Address,
}

fn amount(asset: &str, units: u128) -> Amount {
    Amount::new(AssetId::new(asset), 6, units)
}

fn position(chain: &str, asset: &str) -> Position {
    Position::new(ChainName::new(chain), AssetId::new(asset))
}

fn cost() -> Cost {
    let gas = Usd::from_micros(60_000);
    Cost { fee: Usd::from_micros(10_000), gas, slippage: Usd::ZERO, time: Usd::from_micros(1000) }
}

pub fn bridge(wallet: Address, from: &str, to: &str) -> Step {
    Step::Bridge(BridgeStep {
        from: ChainName::new(from),
        to: ChainName::new(to),
        amount: amount("USDC", UNITS),
        speed: Speed::Fast,
        max_fee: amount("USDC", 2 * FEE),
        recipient: wallet.into(),
        cost: cost(),
    })
}

pub fn swap(wallet: Address, sold: &str, bought: &str) -> Step {
    Step::Swap(SwapStep {
        chain: ChainName::new("base"),
        venue: Venue::UniswapV3,
        pool: Address::repeat_byte(7).into(),
        fee: 100,
        amount_in: amount(sold, UNITS),
        quoted_out: amount(bought, UNITS),
        haircut_ppm: 0,
        min_out: amount(bought, UNITS - FEE),
        recipient: wallet.into(),
        trade: None,
        cost: cost(),
    })
}

impl Keeper<'_> {
    /// Records a plan of one step and the reservation of its operation; three writes.
    pub async fn accept(&self, step: Step, at: Timestamp) -> OperationId {
        let certificate = Certificate { value: Usd::from_micros(1), bound: Usd::from_micros(2) };
        let expires_at = at.plus(std::time::Duration::from_secs(300));
        let plan = Plan { decided_at: at, expires_at, steps: vec![step], certificate };
        let value = Usd::from_micros(100_000_000);
        let id = self.journal.accept_plan(&plan, &[value], at).await.unwrap().remove(0).id;
        self.go(&id, Planned, Approved, Leg::Approve, at).await;
        self.go(&id, Approved, Reserved, Leg::Approve, at).await;
        id
    }

    /// A whole swap, settled; eleven writes.
    pub async fn swap(&self, sold: &str, bought: &str, at: Timestamp) {
        let id = self.accept(swap(self.wallet, sold, bought), at).await;
        let attempt = self.mine(&id, Leg::Swap, "base", at).await;
        self.go(&id, Included, Final, Leg::Swap, at).await;
        let entry =
            |cause, asset, units| Entry::of(&id, Some(attempt), cause, position("base", asset), units);
        let entries = [
            entry(Cause::SwapIn, sold, UNITS),
            entry(Cause::SwapOut, bought, UNITS - FEE),
            entry(Cause::Gas, "ETH", GAS_WEI),
        ];
        self.journal.settle(&id, Final, Usd::from_micros(70_000), &entries, at).await.unwrap();
    }

    /// A whole transfer, settled; nineteen writes.
    pub async fn bridge(&self, from: &str, to: &str, at: Timestamp) {
        let id = self.accept(bridge(self.wallet, from, to), at).await;
        let burn = self.mine(&id, Leg::Burn, from, at).await;
        let entry = |attempt, cause, chain, asset, units| {
            Entry::of(&id, Some(attempt), cause, position(chain, asset), units)
        };
        let burnt =
            [entry(burn, Cause::Burn, from, "USDC", UNITS), entry(burn, Cause::Gas, from, "ETH", GAS_WEI)];
        self.journal.add_entries(&burnt, at).await.unwrap();
        let mut message = BridgeMessage {
            source_message: Bytes::from(vec![7; 376]),
            source_tx: keccak256(id.as_str()).into(),
            nonce: None,
            attested_message: None,
            attestation: None,
            expiration_block: None,
        };
        self.journal.save_message(&id, &message).await.unwrap();
        self.go(&id, Included, Attesting, Leg::Burn, at).await;
        message.nonce = Some(keccak256(message.source_tx.to_string()));
        message.attested_message = Some(Bytes::from(vec![8; 376]));
        message.attestation = Some(Bytes::from(vec![9; 130]));
        message.expiration_block = Some(1_000_000);
        self.journal.save_message(&id, &message).await.unwrap();
        self.go(&id, Attesting, Attested, Leg::Mint, at).await;
        let mint = self.sign(&id, Leg::Mint, to, Attested, Minting, at).await;
        for state in [AttemptState::Broadcast, AttemptState::Included, AttemptState::Final] {
            self.fate(mint, state, at).await;
        }
        let minted = [
            entry(mint, Cause::Mint, to, "USDC", UNITS - FEE),
            entry(mint, Cause::BridgeFee, to, "USDC", FEE),
            entry(mint, Cause::Gas, to, "ETH", GAS_WEI),
        ];
        self.journal.settle(&id, Minting, Usd::from_micros(70_000), &minted, at).await.unwrap();
    }

    /// Signs a leg of a reserved operation and follows it into a final block; six writes.
    async fn mine(&self, id: &OperationId, leg: Leg, chain: &str, at: Timestamp) -> AttemptId {
        let attempt = self.sign(id, leg, chain, Reserved, Signed, at).await;
        self.fate(attempt, AttemptState::Broadcast, at).await;
        self.go(id, Signed, Broadcast, leg, at).await;
        self.fate(attempt, AttemptState::Included, at).await;
        self.go(id, Broadcast, Included, leg, at).await;
        self.fate(attempt, AttemptState::Final, at).await;
        attempt
    }

    /// Records signed bytes at the key's next nonce; one write.
    pub async fn sign(
        &self,
        id: &OperationId,
        leg: Leg,
        chain: &str,
        from: OperationState,
        to: OperationState,
        at: Timestamp,
    ) -> AttemptId {
        let chain = ChainName::new(chain);
        let nonce = self.journal.next_nonce(&chain, self.wallet).await.unwrap().unwrap_or(0);
        let mut raw = format!("{id} {leg} {chain} {nonce}").into_bytes();
        // As long as a signed burn.
        raw.resize(420, 0xaa);
        let new = NewAttempt {
            cancels: false,
            operation: id.clone(),
            leg,
            chain,
            wallet: self.wallet.into(),
            nonce,
            hash: keccak256(&raw).into(),
            raw: Bytes::from(raw),
            gas_limit: 180_000,
            max_fee_per_gas: 2_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            replaces: None,
            lifetime: None,
            landing_request: None,
        };
        self.journal.record_signed(&new, from, to, at).await.unwrap()
    }

    async fn fate(&self, attempt: AttemptId, state: AttemptState, at: Timestamp) {
        let inclusion = Inclusion {
            block_number: 1000,
            block_hash: Some(B256::repeat_byte(1)),
            gas_used: 120_000,
            fee_units: GAS_WEI,
            fee_usd: Some(Usd::from_micros(60_000)),
            success: true,
        };
        let inclusion = (state != AttemptState::Broadcast).then_some(inclusion);
        self.journal.set_attempt(attempt, state, inclusion.as_ref(), at).await.unwrap();
    }

    async fn go(&self, id: &OperationId, from: OperationState, to: OperationState, leg: Leg, at: Timestamp) {
        self.journal.advance(id, from, to, leg, None, at).await.unwrap();
    }
}
