//! Routes and their cancellations on a real node. The contract is a stand-in that only pays its caller; every look
//! is taken by an engine that knows nothing but the journal, as after a restart.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use alloy::signers::local::PrivateKeySigner;
use devnet::abi::IToken;
use devnet::proxy::Sending;
use devnet::{Asset, Chain, Mining};
use purser::act::{Engine, Parts};
use purser::chains::evm::Signed;
use purser::config::{ArbitrageConfig, Config};
use purser::domain::plan::{Certificate, Cost};
use purser::domain::pool::PoolKey;
use purser::domain::{
    Amount, AssetId, ChainName, Funding, Leg, Operation, OperationId, OperationState, Plan, Position,
    RouteLeg, RouteStep, Step, Usd,
};
use purser::journal::{Attempt, AttemptState, Journal};
use purser::run::House;
use purser::run::rules::rules;
use purser::telemetry::clock;
use serde_json::json;

use crate::support::rig::PATIENCE;
use crate::support::{Rig, Setup};

const BASE: &str = "base";
const CONTRACT: Address = Address::repeat_byte(0xa7);
const PROFIT: u128 = 3_000_000;
const LOAN: u128 = 1_000_000_000;
/// The provider that keeps what it is given to itself.
const PRIVATE: usize = 2;
/// Blocks after that of the decision.
const BLOCKS: u64 = 4;

/// Code that calls `transfer(caller, 3,000,000)` of `token` and returns 3,000,000, or reverts.
fn paying(token: Address) -> Bytes {
    let mut code = hex!("63a9059cbb60e01b6000523360045263002dc6c06024526000600060446000600073").to_vec();
    code.extend(token.as_slice());
    code.extend(hex!("5af11560495763002dc6c060005260206000f35b60006000fd"));
    code.into()
}

struct Stage {
    rig: Rig,
    house: House,
    signer: PrivateKeySigner,
    journal: Journal,
    id: OperationId,
    last_block: u64,
}

impl Stage {
    /// A network at rest, and a reserved-to-be route that may be in any of the next [`BLOCKS`] blocks.
    async fn new(funding: Funding, left_behind: u64) -> Self {
        let holdings = vec![(BASE, Asset::Usdc, 2_000)];
        let setup =
            Setup { providers: 3, block_time: None, ..Setup::with(holdings, vec![(BASE, "USDC", 100)]) };
        let rig = Rig::new(setup).await;
        let chain = rig.devnet.chain(BASE);
        let usdc = chain.token(Asset::Usdc).unwrap();
        chain.rpc().call("anvil_setCode", json!([CONTRACT, paying(usdc)])).await.unwrap();
        chain.mint(Asset::Usdc, CONTRACT, U256::from(PROFIT)).await.unwrap();
        if left_behind > 0 {
            let call = IToken::approveCall { spender: CONTRACT, value: U256::from(left_behind) };
            chain.send(rig.devnet.wallet(), usdc, &call).await.unwrap();
        }
        chain.set_mining(Mining::Manual).await.unwrap();
        let house = House::build(config(&rig, funding)).unwrap();
        house.make_data_dir().unwrap();
        let signer = house.key().unwrap().signer().clone();
        let journal = Journal::open(&house.journal_path()).await.unwrap();
        for asset in ["USDC", "USDT", "ETH"] {
            let position = Position::new(ChainName::new(BASE), AssetId::new(asset));
            journal.open_position(&position, 1_000_000_000_000, clock::now()).await.unwrap();
        }
        rig.devnet.proxy(BASE, PRIVATE).set(|settings| settings.send = Sending::Swallow);
        let block = chain.latest().await.unwrap();
        let step = Step::Route(step(block, funding));
        let now = clock::now();
        let plan = Plan {
            decided_at: now,
            expires_at: now.plus(Duration::from_secs(300)),
            steps: vec![step],
            certificate: Certificate { value: dollars(3), bound: dollars(3) },
        };
        let id = journal.accept_plan(&plan, &[dollars(3)], now).await.unwrap().remove(0).id;
        let stage = Self { rig, house, signer, journal, id, last_block: block + BLOCKS };
        assert!(stage.engine().begin_nonces().await.unwrap().is_empty());
        stage
    }

    /// One that remembers nothing.
    fn engine(&self) -> Engine {
        let house = &self.house;
        Engine::new(Parts {
            chains: house.chains.clone(),
            settings: house.settings.clone(),
            solana: None,
            solana_recipients: Vec::new(),
            journal: self.journal.clone(),
            iris: house.iris.clone(),
            oneinch: house.oneinch.clone(),
            prices: house.prices.clone(),
            rules: rules(&house.config, self.signer.address(), Default::default()),
            signer: self.signer.clone(),
            execution: house.config.execution.clone(),
            cctp: house.config.cctp.clone(),
            metrics: house.metrics.clone(),
            live: true,
        })
    }

    fn chain(&self) -> &Chain {
        self.rig.devnet.chain(BASE)
    }

    async fn look(&self) -> (Operation, Vec<Attempt>) {
        self.engine().pass().await.unwrap();
        let operation = self.journal.operation(&self.id).await.unwrap().unwrap();
        (operation, self.journal.attempts(&self.id).await.unwrap())
    }

    /// Looks until it is so.
    async fn until(&self, what: &str, is_so: impl Fn(&Operation, &[Attempt]) -> bool) -> Vec<Attempt> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (operation, attempts) = self.look().await;
            if is_so(&operation, &attempts) {
                return attempts;
            }
            assert!(Instant::now() < deadline, "{what}: {operation:#?} {attempts:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Looks until the newest transaction is of that leg and with a node, and returns it.
    async fn sent(&self, leg: Leg, count: usize) -> Attempt {
        let what = format!("the {leg} as transaction {count}");
        let is_so = |_: &Operation, attempts: &[Attempt]| {
            attempts.len() == count
                && attempts.last().is_some_and(|one| one.leg == leg && one.state == AttemptState::Broadcast)
        };
        self.until(&what, is_so).await.pop().unwrap()
    }

    async fn ends_as(&self, state: OperationState) -> Operation {
        self.until(&state.to_string(), |operation, _| operation.state == state).await;
        self.journal.operation(&self.id).await.unwrap().unwrap()
    }

    /// Mines until the route cannot be in a block any more.
    async fn pass_its_block(&self) {
        let head = self.chain().latest().await.unwrap();
        self.chain().mine(self.last_block - head).await.unwrap();
    }

    async fn fates(&self) -> Vec<(Leg, AttemptState, bool)> {
        let attempts = self.journal.attempts(&self.id).await.unwrap();
        attempts.iter().map(|one| (one.leg, one.state, one.cancels)).collect()
    }

    /// Whether a provider of everybody was given the transaction.
    fn is_public(&self, hash: B256) -> bool {
        let given = |provider| self.rig.devnet.proxy(BASE, provider).sent();
        (0..PRIVATE).any(|provider| given(provider).iter().any(|sent| sent.hash == hash))
    }

    async fn allowance(&self) -> U256 {
        let call = IToken::allowanceCall { owner: self.signer.address(), spender: CONTRACT };
        self.chain().read(self.chain().token(Asset::Usdc).unwrap(), &call).await.unwrap()
    }

    async fn balance(&self) -> U256 {
        self.chain().balance_of(Asset::Usdc, self.signer.address()).await.unwrap()
    }
}

const fn dollars(whole: i128) -> Usd {
    Usd::from_micros(whole * 1_000_000)
}

/// The operator's file with arbitrage on one chain, whose last provider is a private one.
fn config(rig: &Rig, funding: Funding) -> Config {
    let mut config = Config::load_with(&rig.dir().join("purser.toml"), []).unwrap().config;
    let chain = config.chains.get_mut(BASE).unwrap();
    let private = chain.rpc.pop().unwrap();
    let mut arbitrage: ArbitrageConfig = serde_json::from_value(json!({
        "contract": CONTRACT, "factories": ["uniswap-v3"], "base": "USDC", "funding": funding,
        "max_loan_usd": 5000, "min_profit_usd": 1, "max_profit_usd": 50,
    }))
    .unwrap();
    arbitrage.private_rpc = vec![private];
    chain.arbitrage = Some(arbitrage);
    config
}

fn step(block: u64, funding: Funding) -> RouteStep {
    let amount = |asset: &str, units| Amount::new(AssetId::new(asset), 6, units);
    let leg = |sold: Amount, bought: Amount| RouteLeg {
        pool: PoolKey::Contract(Address::repeat_byte(0xb8)),
        factory: 0,
        fee: 100,
        tick_spacing: 0,
        amount_in: sold,
        takes_rest: false,
        quoted_out: bought.clone(),
        min_out: bought,
    };
    RouteStep {
        chain: ChainName::new(BASE),
        contract: CONTRACT,
        block,
        last_block: block + BLOCKS,
        funding,
        loan: amount("USDC", LOAN),
        legs: vec![
            leg(amount("USDC", LOAN), amount("USDT", LOAN)),
            leg(amount("USDT", LOAN), amount("USDC", LOAN + PROFIT)),
        ],
        profit: amount("USDC", PROFIT),
        min_profit: amount("USDC", PROFIT - 1),
        profit_usd: dollars(3),
        loan_usd: dollars(1_000),
        cost: Cost::default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_whose_block_has_passed_is_cancelled_and_fails() {
    let stage = Stage::new(Funding::PoolManager, 0).await;
    let route = stage.sent(Leg::Swap, 1).await;
    assert!(!stage.is_public(route.hash.evm().unwrap()), "nobody sees a route before it is in a block");
    let secret = stage.rig.devnet.proxy(BASE, PRIVATE).sent();
    assert!(secret.iter().any(|sent| sent.raw == route.raw));
    // One block before its last one it may still come.
    let head = stage.chain().latest().await.unwrap();
    stage.chain().mine(stage.last_block - head - 1).await.unwrap();
    for _ in 0..3 {
        assert_eq!(stage.look().await.1.len(), 1);
    }
    stage.chain().mine(1).await.unwrap();
    let cancel = stage.sent(Leg::Swap, 2).await;
    assert_eq!((cancel.cancels, cancel.replaces, cancel.nonce), (true, Some(route.id), route.nonce));
    let bytes = Signed::decode(&cancel.raw).unwrap().transaction;
    assert_eq!((bytes.to, bytes.value, bytes.data), (stage.signer.address(), U256::ZERO, Bytes::new()));
    assert!(stage.is_public(cancel.hash.evm().unwrap()), "a cancellation is no secret");
    stage.chain().mine(1).await.unwrap();
    stage.until("its inclusion", |_, attempts| attempts[1].state == AttemptState::Included).await;
    let (operation, _) = stage.look().await;
    assert!(!operation.state.is_end(), "nothing is over before it is final: {operation:#?}");
    stage.chain().finalize().await.unwrap();
    let failed = stage.ends_as(OperationState::Failed).await;
    assert!(failed.realised_cost.unwrap() > Usd::ZERO, "its gas: {failed:#?}");
    let (dead, done) = (AttemptState::Dead, AttemptState::Final);
    assert_eq!(stage.fates().await, [(Leg::Swap, dead, false), (Leg::Swap, done, true)]);
    assert_eq!(stage.balance().await, U256::from(2_000_000_000_u64));
    assert!(stage.journal.route_moved(&stage.id).await.unwrap().is_empty());
    stage.journal.integrity_check().await.unwrap();
}

/// A route is in a block after all, when its cancellation has been sent: it is settled, and only once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_that_beats_its_cancellation_settles() {
    let stage = Stage::new(Funding::PoolManager, 0).await;
    let route = stage.sent(Leg::Swap, 1).await;
    for provider in 0..PRIVATE {
        stage.rig.devnet.proxy(BASE, provider).set(|settings| settings.send = Sending::Swallow);
    }
    stage.pass_its_block().await;
    stage.sent(Leg::Swap, 2).await;
    stage.chain().rpc().call("eth_sendRawTransaction", json!([route.raw])).await.unwrap();
    stage.chain().mine(1).await.unwrap();
    stage.until("its inclusion", |operation, _| operation.state == OperationState::Included).await;
    // A reorganisation takes it out, and the next block has it again: the node is told by nobody else.
    stage.chain().reorg(1, false).await.unwrap();
    stage.until("its absence", |_, attempts| attempts[0].state != AttemptState::Included).await;
    stage.chain().rpc().call("eth_sendRawTransaction", json!([route.raw])).await.unwrap();
    stage.chain().mine(1).await.unwrap();
    stage.chain().finalize().await.unwrap();
    let settled = stage.ends_as(OperationState::Settled).await;
    let cost = settled.realised_cost.unwrap();
    assert!(cost < Usd::ZERO && cost > dollars(-4), "three dollars less gas: {cost}");
    let (dead, done) = (AttemptState::Dead, AttemptState::Final);
    assert_eq!(stage.fates().await, [(Leg::Swap, done, false), (Leg::Swap, dead, true)]);
    assert_eq!(stage.balance().await, U256::from(2_000_000_000_u64 + 3_000_000));
    assert_eq!(stage.journal.route_moved(&stage.id).await.unwrap()[&AssetId::new("USDC")], (0, PROFIT));
    stage.journal.integrity_check().await.unwrap();
}

/// The cancellation leaves its block, comes back, and then what was approved for the route is taken back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancelled_route_leaves_no_allowance() {
    let stage = Stage::new(Funding::Inventory, 0).await;
    stage.sent(Leg::Approve, 1).await;
    stage.chain().mine(1).await.unwrap();
    stage.sent(Leg::Swap, 2).await;
    stage.pass_its_block().await;
    stage.sent(Leg::Swap, 3).await;
    stage.chain().mine(1).await.unwrap();
    stage.until("its inclusion", |_, attempts| attempts[2].state == AttemptState::Included).await;
    stage.chain().reorg(1, false).await.unwrap();
    stage.until("its absence", |_, attempts| attempts[2].state != AttemptState::Included).await;
    stage.sent(Leg::Swap, 3).await;
    stage.chain().mine(1).await.unwrap();
    stage.chain().finalize().await.unwrap();
    stage.sent(Leg::Revoke, 4).await;
    assert_eq!(stage.allowance().await, U256::from(LOAN));
    stage.chain().mine(1).await.unwrap();
    stage.until("its inclusion", |_, attempts| attempts[3].state == AttemptState::Included).await;
    stage.chain().finalize().await.unwrap();
    stage.ends_as(OperationState::Failed).await;
    assert_eq!(stage.allowance().await, U256::ZERO);
    assert_eq!(stage.balance().await, U256::from(2_000_000_000_u64));
    let (dead, done) = (AttemptState::Dead, AttemptState::Final);
    assert_eq!(
        stage.fates().await,
        [
            (Leg::Approve, done, false),
            (Leg::Swap, dead, false),
            (Leg::Swap, done, true),
            (Leg::Revoke, done, false)
        ]
    );
}

/// What an earlier route left is taken back first; then it borrows, and nothing is approved.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_that_borrows_clears_an_old_allowance_and_goes_on() {
    let stage = Stage::new(Funding::PoolManager, 7).await;
    stage.sent(Leg::Revoke, 1).await;
    stage.chain().mine(1).await.unwrap();
    let route = stage.sent(Leg::Swap, 2).await;
    assert_eq!(stage.allowance().await, U256::ZERO);
    stage.chain().rpc().call("eth_sendRawTransaction", json!([route.raw])).await.unwrap();
    stage.chain().mine(1).await.unwrap();
    stage.until("its inclusion", |_, attempts| attempts[1].state == AttemptState::Included).await;
    stage.chain().finalize().await.unwrap();
    stage.ends_as(OperationState::Settled).await;
    let done = AttemptState::Final;
    assert_eq!(stage.fates().await, [(Leg::Revoke, done, false), (Leg::Swap, done, false)]);
}
