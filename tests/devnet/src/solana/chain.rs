//! A handle on the Solana chain: everything a test does to it, over its control endpoint.

use alloy::primitives::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{Command, Mint};
use super::jupiter::JupiterSettings;
use super::manifest::Manifest;
use super::provider::{ProxySettings, SentTransaction};
use crate::chain::Asset;
use crate::error::Error;
use crate::misbehave::letter;
use crate::rpc::{Rpc, http};

/// Where the chain stands, and the CCTP messages that left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departures {
    /// The CCTP domain.
    pub domain: u32,
    /// The newest slot.
    pub processed: u64,
    /// The newest confirmed slot.
    pub confirmed: u64,
    /// The newest final slot.
    pub finalized: u64,
    /// The messages.
    pub messages: Vec<Departure>,
}

/// A CCTP message that left the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// The transaction that sent it.
    pub signature: String,
    /// Its slot.
    pub slot: u64,
    /// Its place among the messages of the transaction.
    pub index: u64,
    /// The account that keeps it.
    pub event: String,
    /// The message, with the fields empty that the attesters fill.
    pub message: Bytes,
}

/// A handle on the Solana chain; clones share the chain.
#[derive(Debug, Clone)]
pub struct SolanaChain {
    manifest: Manifest,
    client: reqwest::Client,
    rpc: Rpc,
}

impl SolanaChain {
    /// A handle on the chain of this manifest.
    pub fn new(manifest: Manifest) -> Self {
        let rpc = Rpc::new(manifest.node_url.clone());
        Self { manifest, client: http(), rpc }
    }

    /// A handle on the chain that is steered at `control_url`.
    ///
    /// # Errors
    /// [`Error::Solana`] if nothing answers there, or something else.
    pub async fn attach(control_url: &str) -> Result<Self, Error> {
        let reply = answer(http().get(format!("{control_url}/manifest"))).await?;
        Ok(Self::new(decode("manifest", reply)?))
    }

    /// Where everything is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A direct connection to the node, past the proxies.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The wallet with the starting balances, in base58.
    pub fn wallet(&self) -> &str {
        &self.manifest.wallet.address
    }

    /// What the wallet holds of an asset, in the smallest unit; nothing where it has no account.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer or the chain has no such asset.
    pub async fn balance(&self, asset: Asset) -> Result<u64, Error> {
        let Some(mint) = mint_of(asset)? else {
            let reply = self.rpc.call("getBalance", json!([self.wallet(), processed()])).await?;
            return reply["value"].as_u64().ok_or_else(|| unreadable("a balance", &reply));
        };
        let name = json!(mint);
        let mint = name.as_str().and_then(|name| self.manifest.mints.get(name));
        let mint = mint.ok_or_else(|| unreadable("a mint of the manifest", &name))?;
        let options = json!({ "encoding": "jsonParsed", "commitment": "processed" });
        let reply = self.rpc.call("getAccountInfo", json!([mint.wallet_account, options])).await?;
        if reply["value"].is_null() {
            return Ok(0);
        }
        let amount = &reply["value"]["data"]["parsed"]["info"]["tokenAmount"]["amount"];
        let amount = amount.as_str().and_then(|amount| amount.parse().ok());
        amount.ok_or_else(|| unreadable("a token account", &reply))
    }

    /// Adds to what the wallet holds, out of nothing.
    ///
    /// # Errors
    /// [`Error`] if the chain refuses or has no such asset.
    pub async fn mint(&self, asset: Asset, amount: u64) -> Result<(), Error> {
        let wallet = self.wallet().to_owned();
        match mint_of(asset)? {
            Some(asset) => self.change(&Command::Mint { asset, to: wallet, amount }).await,
            None => {
                let lamports = self.balance(Asset::Native).await?.saturating_add(amount);
                self.change(&Command::Native { account: wallet, lamports }).await
            }
        }
    }

    /// Changes the chain past all programs.
    ///
    /// # Errors
    /// [`Error::Solana`] with the chain's words if it refuses.
    pub async fn change(&self, command: &Command<String>) -> Result<(), Error> {
        let tagged = json!(command);
        let (name, fields) = tagged
            .as_object()
            .and_then(|tagged| tagged.iter().next())
            .ok_or_else(|| unreadable("a command", &tagged))?;
        self.post(&format!("chain/{name}"), fields).await.map(|_| ())
    }

    /// Changes the settings of Jupiter, and answers all of them.
    ///
    /// # Errors
    /// [`Error::Solana`] if the chain refuses.
    pub async fn jupiter(&self, change: impl FnOnce(&mut JupiterSettings)) -> Result<JupiterSettings, Error> {
        let mut settings = decode("settings of Jupiter", self.post("jupiter", &json!({})).await?)?;
        change(&mut settings);
        decode("settings of Jupiter", self.post("jupiter", &json!(settings)).await?)
    }

    /// Changes the settings of an RPC provider, counted from 0.
    ///
    /// # Errors
    /// [`Error::Solana`] if there is no such provider or the chain refuses.
    pub async fn provider(
        &self,
        provider: usize,
        change: impl FnOnce(&mut ProxySettings),
    ) -> Result<(), Error> {
        let path = format!("proxies/{}", letter(provider));
        let now: Vec<ProxySettings> = decode("settings of a provider", self.post(&path, &json!({})).await?)?;
        let mut settings = now.into_iter().next().unwrap_or_default();
        change(&mut settings);
        self.post(&path, &json!(settings)).await.map(|_| ())
    }

    /// Changes the settings of every RPC provider alike.
    ///
    /// # Errors
    /// [`Error::Solana`] if the chain refuses.
    pub async fn providers(&self, change: impl Fn(&mut ProxySettings)) -> Result<(), Error> {
        for provider in 0..self.manifest.rpc.len() {
            self.provider(provider, &change).await?;
        }
        Ok(())
    }

    /// The transactions that were handed to an RPC provider.
    ///
    /// # Errors
    /// [`Error::Solana`] if there is no such provider.
    pub async fn sent(&self, provider: usize) -> Result<Vec<SentTransaction>, Error> {
        decode("sent transactions", self.get(&format!("proxies/{}/sent", letter(provider))).await?)
    }

    /// Lets the transactions through that an RPC provider held back.
    ///
    /// # Errors
    /// [`Error::Solana`] if there is no such provider.
    pub async fn release(&self, provider: usize) -> Result<(), Error> {
        self.post(&format!("proxies/{}/release", letter(provider)), &json!({})).await.map(|_| ())
    }

    /// Every server back to its first settings.
    ///
    /// # Errors
    /// [`Error::Solana`] if the chain does not answer.
    pub async fn heal(&self) -> Result<(), Error> {
        self.post("heal", &json!({})).await.map(|_| ())
    }

    /// Slots, settings and counts.
    ///
    /// # Errors
    /// [`Error::Solana`] if the chain does not answer.
    pub async fn state(&self) -> Result<Value, Error> {
        self.get("state").await
    }

    /// The CCTP messages that left the chain in slot `since` or later.
    ///
    /// # Errors
    /// [`Error::Solana`] if the chain does not answer.
    pub async fn departures(&self, since: u64) -> Result<Departures, Error> {
        decode("departures", self.get(&format!("cctp/messages?since={since}")).await?)
    }

    async fn get(&self, path: &str) -> Result<Value, Error> {
        answer(self.client.get(format!("{}/{path}", self.manifest.control_url))).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        answer(self.client.post(format!("{}/{path}", self.manifest.control_url)).json(body)).await
    }
}

/// The mint of an asset; `None` for the native currency.
fn mint_of(asset: Asset) -> Result<Option<Mint>, Error> {
    match asset {
        Asset::Native => Ok(None),
        Asset::Usdc => Ok(Some(Mint::Usdc)),
        Asset::Usdt => Ok(Some(Mint::Usdt)),
        Asset::Weth => {
            Err(Error::Option { option: "asset".into(), reason: "there is no WETH on Solana".into() })
        }
    }
}

fn processed() -> Value {
    json!({ "commitment": "processed" })
}

fn unreadable(what: &str, reply: &Value) -> Error {
    Error::Solana { reason: format!("{reply} is not {what}") }
}

fn decode<T: DeserializeOwned>(what: &str, reply: Value) -> Result<T, Error> {
    serde_json::from_value(reply)
        .map_err(|error| Error::Solana { reason: format!("its {what} cannot be read: {error}") })
}

/// The JSON of a successful answer; a refusal carries the chain's words.
async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Error> {
    let failed = |error: reqwest::Error| Error::Solana { reason: error.to_string() };
    let reply = request.send().await.map_err(failed)?;
    let (status, url) = (reply.status(), reply.url().path().to_owned());
    let body: Value = reply.json().await.map_err(failed)?;
    if status.is_success() {
        return Ok(body);
    }
    let reason = body["error"].as_str().unwrap_or_default();
    Err(Error::Solana { reason: format!("{url} was refused with {status}: {reason}") })
}
