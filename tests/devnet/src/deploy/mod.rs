//! Puts every contract on a fresh chain, in one block.

mod arbitrage;
mod atomic;
mod batch;
mod pools;
mod tokens;

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, U256, address, b256};
use alloy::sol_types::SolValue;
use serde_json::json;

use crate::abi::{ILayer2, IToken, ITokenMessengerV2, ITokenMinterV2};
use crate::artifacts::Artifacts;
use crate::error::Error;
use crate::iris::SOLANA;
use crate::manifest::{ChainInfo, ChainKind};
use crate::rpc::Rpc;
pub use arbitrage::{V2_INIT_CODE_HASH, V3_INIT_CODE_HASH};
pub use atomic::{FACTORIES, atomic_route};
use batch::Batch;
pub use tokens::Balance;

/// Where Multicall3 is on every chain.
pub const MULTICALL3: Address = address!("cA11bde05977b3631167028862bE2a173976CA11");
/// The OP-stack predeploy for L1 fees.
pub const GAS_PRICE_ORACLE: Address = address!("420000000000000000000000000000000000000F");
/// Arbitrum's virtual contract for gas estimates.
pub const NODE_INTERFACE: Address = address!("00000000000000000000000000000000000000C8");
/// Arbitrum's precompile for its own block numbers.
pub const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
/// 1inch's router, as on the real chains.
pub const AGGREGATION_ROUTER: Address = address!("111111125421cA6dc452d289314280a0f8842A65");
/// Receives the CCTP fees.
pub const FEE_RECIPIENT: Address = address!("00000000000000000000000000000000FEE00001");
/// What one message may burn: 10 million USDC.
pub const BURN_LIMIT: u64 = 10_000_000_000_000;
/// Signatures an attestation needs.
pub const ATTESTATION_THRESHOLD: u64 = 2;

/// `TokenMessengerMinterV2` of Solana, whose id is the same on every cluster.
pub const SOLANA_MESSENGER: B256 = b256!("a65fc81d0fefa8860cb3b83f089b0224be8a6687b7ae49f594c0b9b4d7e93893");
/// USDC of Solana's mainnet.
pub const SOLANA_USDC: B256 = b256!("c6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2d2f6e0e47ca60203452f5d61");

/// One of the three chains.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The name used everywhere.
    pub name: &'static str,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// CCTP domain.
    pub domain: u32,
    /// How gas is charged.
    pub kind: ChainKind,
    /// Deploys and owns the contracts. It differs per chain so that no contract
    /// has the same address on two chains and a mix-up of chains shows.
    pub admin: Address,
    /// How deep the pools are, in per cent of the deepest chain.
    pub depth_percent: u64,
    /// The base fee at the start, and of every block by the clock, in wei.
    pub base_fee: u64,
}

/// The three chains.
pub const CHAINS: [Spec; 3] = [
    Spec {
        name: "ethereum",
        chain_id: 31337,
        domain: 0,
        kind: ChainKind::Ethereum,
        admin: address!("00000000000000000000000000000000000E0001"),
        depth_percent: 10,
        base_fee: 1_000_000_000,
    },
    Spec {
        name: "base",
        chain_id: 31338,
        domain: 6,
        kind: ChainKind::OpStack,
        admin: address!("00000000000000000000000000000000000B0001"),
        depth_percent: 100,
        base_fee: 10_000_000,
    },
    Spec {
        name: "arbitrum",
        chain_id: 31339,
        domain: 3,
        kind: ChainKind::Arbitrum,
        admin: address!("00000000000000000000000000000000000A0001"),
        depth_percent: 40,
        base_fee: 20_000_000,
    },
];

/// Addresses follow from the deployer and the order of deployment, so every
/// chain knows the other chains' contracts before they exist.
#[derive(Debug, Clone, Copy)]
struct Layout {
    usdc: Address,
    usdt: Address,
    weth: Address,
    transmitter: Address,
    minter: Address,
    messenger: Address,
    v2_factory: Address,
    v3_factory: Address,
    quoter: Address,
    router: Address,
    seeder: Address,
    pool_manager: Address,
    state_view: Address,
    v4_quoter: Address,
    v2_fork: Address,
    keeper: Address,
    trader: Address,
}

impl Layout {
    fn of(admin: Address) -> Self {
        let at = |nonce| admin.create(nonce);
        Self {
            usdc: at(0),
            usdt: at(1),
            weth: at(2),
            transmitter: at(3),
            minter: at(4),
            messenger: at(5),
            v2_factory: at(6),
            v3_factory: at(7),
            quoter: at(8),
            router: at(9),
            seeder: at(10),
            pool_manager: at(11),
            state_view: at(12),
            v4_quoter: at(13),
            v2_fork: at(14),
            keeper: at(15),
            trader: at(16),
        }
    }
}

/// A chain as the CCTP contracts of other chains know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// CCTP domain.
    pub domain: u32,
    /// `TokenMessengerV2`.
    pub token_messenger: Address,
    /// USDC.
    pub usdc: Address,
}

/// The three chains as others know them. They need not run.
pub fn peers() -> [Peer; 3] {
    CHAINS.map(|spec| {
        let layout = Layout::of(spec.admin);
        Peer { domain: spec.domain, token_messenger: layout.messenger, usdc: layout.usdc }
    })
}

/// What a deployment needs to know besides the chain.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The bytecode.
    pub artifacts: &'a Artifacts,
    /// Who signs attestations; at least [`ATTESTATION_THRESHOLD`].
    pub attesters: &'a [Address],
    /// Who starts with the balances.
    pub holders: &'a [Address],
    /// The starting balances of each holder on this chain.
    pub balances: &'a [Balance],
    /// Whether CCTP knows Solana.
    pub solana: bool,
    /// Whether there is what arbitrage needs.
    pub arbitrage: bool,
}

/// Deploys everything and returns where it is; URLs are left for the caller.
///
/// # Errors
/// [`Error`] if an artifact is missing, the node refuses, or a transaction reverts.
pub async fn deploy(rpc: &Rpc, spec: &Spec, plan: Plan<'_>) -> Result<ChainInfo, Error> {
    let layout = Layout::of(spec.admin);
    system_contracts(rpc, spec, plan.artifacts).await?;
    let mut batch = Batch::new(spec.name, spec.admin);
    create_contracts(&mut batch, spec, &layout, plan)?;
    if plan.arbitrage {
        arbitrage::create(&mut batch, spec, &layout, plan.artifacts)?;
    }
    tokens::minters(&mut batch, &layout, spec.admin);
    link_cctp(&mut batch, spec, &layout, plan.solana);
    let pools = pools::seed(&mut batch, spec, &layout);
    tokens::fund(&mut batch, &layout, plan.holders, plan.balances);
    for (token, amount) in pools::inventory(spec, &layout) {
        batch.call("the inventory of 1inch", token, &IToken::mintCall { to: AGGREGATION_ROUTER, amount });
    }
    if spec.kind == ChainKind::OpStack {
        // About 0.00002 native for a typical transaction of 400 bytes.
        let fee = U256::from(40_000_000_000u64);
        batch.call("the L1 fee", GAS_PRICE_ORACLE, &ILayer2::setL1FeePerByteCall { feePerByte: fee });
    }
    if spec.kind == ChainKind::Arbitrum {
        let call = ILayer2::setCall { l1BaseFee: U256::from(1_000_000_000u64), l2Gas: 300_000 };
        batch.call("the L1 base fee", NODE_INTERFACE, &call);
    }
    let market = plan.arbitrage.then(|| arbitrage::seed(&mut batch, spec, &layout));
    batch.run(rpc).await?;
    let pools = pools::locate(rpc, spec, &pools).await?;
    let arbitrage = match market {
        Some(market) => Some(arbitrage::locate(rpc, spec, &layout, market).await?),
        None => None,
    };
    tokens::fund_native(rpc, plan.holders, plan.balances).await?;
    Ok(ChainInfo {
        chain_id: spec.chain_id,
        domain: spec.domain,
        kind: spec.kind,
        rpc: Vec::new(),
        ws: Vec::new(),
        node_url: rpc.url().to_owned(),
        ws_url: rpc.url().replacen("http", "ws", 1),
        block_time: None,
        multicall3: MULTICALL3,
        weth: layout.weth,
        usdc: layout.usdc,
        usdt: layout.usdt,
        token_messenger: layout.messenger,
        message_transmitter: layout.transmitter,
        token_minter: layout.minter,
        uniswap_v2_factory: layout.v2_factory,
        uniswap_v2_router: None,
        uniswap_v3_factory: layout.v3_factory,
        quoter_v2: layout.quoter,
        swap_router02: layout.router,
        aggregation_router: AGGREGATION_ROUTER,
        pools,
        gas_price_oracle: (spec.kind == ChainKind::OpStack).then_some(GAS_PRICE_ORACLE),
        node_interface: (spec.kind == ChainKind::Arbitrum).then_some(NODE_INTERFACE),
        arbitrage,
    })
}

/// Contracts at fixed addresses, whose code is written without a transaction.
async fn system_contracts(rpc: &Rpc, spec: &Spec, artifacts: &Artifacts) -> Result<(), Error> {
    let mut names: BTreeMap<Address, &str> = match spec.kind {
        ChainKind::Ethereum => BTreeMap::from([(MULTICALL3, "Multicall3")]),
        ChainKind::OpStack => {
            BTreeMap::from([(MULTICALL3, "Multicall3"), (GAS_PRICE_ORACLE, "GasPriceOracle")])
        }
        ChainKind::Arbitrum => BTreeMap::from([
            (MULTICALL3, "Multicall3Arbitrum"),
            (NODE_INTERFACE, "NodeInterface"),
            (ARB_SYS, "ArbSys"),
        ]),
    };
    names.insert(AGGREGATION_ROUTER, "AggregationRouterV6");
    let mut calls = Vec::new();
    for (address, name) in names {
        calls.push(("anvil_setCode", json!([address, artifacts.deployed(name)?])));
    }
    rpc.batch_all(&calls).await?;
    Ok(())
}

fn create_contracts(batch: &mut Batch, spec: &Spec, layout: &Layout, plan: Plan<'_>) -> Result<(), Error> {
    // Ethereum's USDT is not quite an ERC-20; elsewhere it is.
    let usdt = if spec.kind == ChainKind::Ethereum { "TetherToken" } else { "Usdt" };
    let block_divisor = U256::from(if spec.kind == ChainKind::Arbitrum { 4u64 } else { 1 });
    let threshold = U256::from(ATTESTATION_THRESHOLD);
    let messenger = (layout.transmitter, layout.minter, FEE_RECIPIENT, block_divisor);
    // The router's third argument is the position manager, which only its
    // liquidity functions use.
    let router = (layout.v2_factory, layout.v3_factory, Address::ZERO, layout.weth);
    let ten_thousand = U256::from(10u64).pow(U256::from(22u64));
    let contracts: [(&str, Address, Vec<u8>, U256); 11] = [
        ("Usdc", layout.usdc, vec![], U256::ZERO),
        (usdt, layout.usdt, vec![], U256::ZERO),
        ("Weth9", layout.weth, vec![], U256::ZERO),
        (
            "MessageTransmitterV2",
            layout.transmitter,
            (spec.domain, plan.attesters.to_vec(), threshold).abi_encode_params(),
            U256::ZERO,
        ),
        ("TokenMinterV2", layout.minter, vec![], U256::ZERO),
        ("TokenMessengerV2", layout.messenger, messenger.abi_encode_params(), U256::ZERO),
        ("UniswapV2Factory", layout.v2_factory, spec.admin.abi_encode(), U256::ZERO),
        ("UniswapV3Factory", layout.v3_factory, vec![], U256::ZERO),
        ("QuoterV2", layout.quoter, (layout.v3_factory, layout.weth).abi_encode_params(), U256::ZERO),
        ("SwapRouter02", layout.router, router.abi_encode_params(), U256::ZERO),
        ("PoolSeeder", layout.seeder, layout.weth.abi_encode(), ten_thousand),
    ];
    for (name, at, arguments, value) in contracts {
        let code: Bytes = [plan.artifacts.creation(name)?.as_ref(), &arguments].concat().into();
        let created = batch.create(name, code, value);
        assert_eq!(created, at, "{name} is created out of order");
    }
    Ok(())
}

fn link_cctp(batch: &mut Batch, spec: &Spec, layout: &Layout, solana: bool) {
    let word = |address: Address| B256::left_padding_from(address.as_slice());
    let call = ITokenMinterV2::addLocalTokenMessengerCall { messenger: layout.messenger };
    batch.call("the minter's messenger", layout.minter, &call);
    let call =
        ITokenMinterV2::setMaxBurnAmountPerMessageCall { token: layout.usdc, limit: U256::from(BURN_LIMIT) };
    batch.call("the burn limit", layout.minter, &call);
    let peers = peers().into_iter().filter(|peer| peer.domain != spec.domain);
    let mut remotes: Vec<_> =
        peers.map(|peer| (peer.domain, word(peer.token_messenger), word(peer.usdc))).collect();
    if solana {
        remotes.push((SOLANA, SOLANA_MESSENGER, SOLANA_USDC));
    }
    for (domain, messenger, usdc) in remotes {
        let call = ITokenMessengerV2::addRemoteTokenMessengerCall { domain, messenger };
        batch.call("a remote messenger", layout.messenger, &call);
        let call = ITokenMinterV2::linkTokenPairCall {
            localToken: layout.usdc,
            remoteDomain: domain,
            remoteToken: usdc,
        };
        batch.call("a token pair", layout.minter, &call);
    }
}
