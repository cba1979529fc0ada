//! Known values: what the program knows of chains by their chain id, of Solana by its genesis hash, and the
//! built-in profiles.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use crate::config::document::{self, Node, Tree};
use crate::config::path::KeyPath;
use crate::config::{Origin, Problem};

const KNOWN: &str = include_str!("known.toml");
const PROFILES: &str = include_str!("profiles.toml");

/// Which money a chain's tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// Real money.
    Mainnet,
    /// Test tokens.
    Testnet,
}

impl Network {
    const ALL: [Self; 2] = [Self::Mainnet, Self::Testnet];

    const fn key(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// The network of a chain, where it is known.
pub fn network(chain_id: u64) -> Option<Network> {
    chains().get(&chain_id).map(|(network, _)| *network)
}

/// Ids of the known chains.
pub fn chain_ids() -> impl Iterator<Item = u64> {
    chains().keys().copied()
}

type Chains = BTreeMap<u64, (Network, Node)>;

fn chains() -> &'static Chains {
    static CHAINS: OnceLock<Chains> = OnceLock::new();
    CHAINS.get_or_init(|| {
        let known = table_of(KNOWN);
        let mut chains = Chains::new();
        for network in Network::ALL {
            for (id, node) in known.table(network.key()).into_iter().flatten() {
                if let Ok(id) = id.parse() {
                    let mut node = node.clone();
                    node.set_origin(&Origin::Known(id));
                    chains.insert(id, (network, node));
                }
            }
        }
        chains
    })
}

/// An embedded document. A test reads every one of its values, so it is never the empty table.
fn table_of(text: &str) -> Node {
    document::parse(text).unwrap_or_else(|_| Node::new(Tree::Table(BTreeMap::new()), Origin::Default))
}

/// Adds known values and built-in profiles to what the file says; what it says stays.
pub(crate) fn merge(tree: &mut Node) -> Vec<Problem> {
    merge_profiles(tree);
    merge_chains(tree);
    merge_solana(tree);
    merge_iris(tree)
}

fn merge_profiles(tree: &mut Node) {
    let mut profiles = table_of(PROFILES);
    profiles.set_origin(&Origin::BuiltIn);
    tree.fill(Node::new(Tree::Table([("profiles".to_owned(), profiles)].into()), Origin::BuiltIn));
}

fn merge_chains(tree: &mut Node) {
    let assets: Vec<String> =
        tree.table("assets").into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let configured =
        tree.as_table_mut().and_then(|table| table.get_mut("chains")).and_then(Node::as_table_mut);
    for chain in configured.into_iter().flat_map(BTreeMap::values_mut) {
        let Some((_, known)) = chain_id(chain).and_then(|id| chains().get(&id)) else { continue };
        let mut known = known.clone();
        // A token of an asset the file does not price would be refused.
        let tokens = known.as_table_mut().and_then(|table| table.get_mut("tokens"));
        if let Some(tokens) = tokens.and_then(Node::as_table_mut) {
            tokens.retain(|symbol, _| assets.contains(symbol));
        }
        chain.fill(known);
    }
}

fn genesis_of(solana: &Node) -> Option<&str> {
    solana.as_table()?.get("genesis_hash")?.as_text()
}

/// The network of a Solana cluster, where it is known.
pub(super) fn cluster(genesis: &str) -> Option<Network> {
    match genesis {
        "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKbWJYsFSoqF" => Some(Network::Mainnet),
        "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG" => Some(Network::Testnet),
        _ => None,
    }
}

/// Adds what is known of the Solana cluster with the file's genesis hash.
fn merge_solana(tree: &mut Node) {
    let assets: Vec<String> =
        tree.table("assets").into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let Some(solana) = tree.as_table_mut().and_then(|table| table.get_mut("solana")) else { return };
    let Some(genesis) = genesis_of(solana).map(ToOwned::to_owned) else { return };
    let clusters = table_of(KNOWN);
    let known = clusters.get(&KeyPath::dotted("solana").key(&genesis)).cloned();
    let Some(mut known) = known else { return };
    known.set_origin(&Origin::Cluster);
    let tokens = known.as_table_mut().and_then(|table| table.get_mut("tokens"));
    if let Some(tokens) = tokens.and_then(Node::as_table_mut) {
        tokens.retain(|symbol, _| assets.contains(symbol));
    }
    solana.fill(known);
}

fn chain_id(chain: &Node) -> Option<u64> {
    chain.as_table()?.get("chain_id")?.as_integer()?.try_into().ok()
}

/// The base URL of Iris follows from the chains, which must be of one network.
fn merge_iris(tree: &mut Node) -> Vec<Problem> {
    let path = KeyPath::dotted("cctp.iris_url");
    let mut networks: BTreeMap<Network, (String, Origin)> = BTreeMap::new();
    let mut unknown_with_cctp = None;
    for (name, chain) in tree.table("chains").into_iter().flatten() {
        match chain_id(chain).and_then(network) {
            Some(network) => {
                networks.entry(network).or_insert_with(|| (name.clone(), chain.origin.clone()));
            }
            None if chain.table("cctp").is_some() => unknown_with_cctp = Some(chain.origin.clone()),
            None => {}
        }
    }
    if let Some(solana) = tree.as_table().and_then(|table| table.get("solana"))
        && let Some(network) = genesis_of(solana).and_then(cluster)
    {
        networks.entry(network).or_insert_with(|| ("solana".to_owned(), solana.origin.clone()));
    }
    let refuse = |origin: Origin, key: String, message: String| vec![Problem { origin, key, message }];
    if let [(_, (main, _)), (_, (test, origin))] = networks.iter().collect::<Vec<_>>().as_slice() {
        let message = format!("`{main}` is a mainnet and `{test}` a testnet; use one file for each");
        return refuse(origin.clone(), "chains".to_owned(), message);
    }
    if tree.get(&path).is_some() {
        return Vec::new();
    }
    match (networks.keys().next(), unknown_with_cctp) {
        (Some(network), _) => {
            let known = table_of(KNOWN);
            if let Some(url) = known.get(&KeyPath::dotted("iris").key(network.key())) {
                let mut url = Node::new(
                    Tree::Table([("iris_url".to_owned(), url.clone())].into()),
                    Origin::Network(*network),
                );
                url.set_origin(&Origin::Network(*network));
                tree.fill(Node::new(
                    Tree::Table([("cctp".to_owned(), url)].into()),
                    Origin::Network(*network),
                ));
            }
            Vec::new()
        }
        (None, Some(origin)) => {
            let message = "no chain id here is known, so the base URL of Iris must be set".to_owned();
            refuse(origin, path.to_string(), message)
        }
        (None, None) => Vec::new(),
    }
}
