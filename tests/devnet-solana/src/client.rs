//! A small client of a Solana node: builds, signs, sends and follows
//! transactions.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::Rpc;
use serde_json::{Value, json};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::error::Error;
use crate::ids::COMPUTE_BUDGET;

/// How long a transaction is awaited.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one RPC server.
#[derive(Debug, Clone)]
pub struct Client(Rpc);

fn unreadable(what: &str, reason: impl ToString) -> Error {
    Error::Reply { what: what.into(), reason: reason.to_string() }
}

/// Sets the compute units that the transaction may take.
pub fn compute_limit(units: u32) -> Instruction {
    let data = [&[2][..], &units.to_le_bytes()].concat();
    Instruction { program_id: COMPUTE_BUDGET, accounts: Vec::new(), data }
}

/// Sets the price of a compute unit, in millionths of a lamport.
pub fn compute_price(micro_lamports: u64) -> Instruction {
    let data = [&[3][..], &micro_lamports.to_le_bytes()].concat();
    Instruction { program_id: COMPUTE_BUDGET, accounts: Vec::new(), data }
}

/// A message of version 0.
///
/// # Errors
/// [`Error::Transaction`] if it names too many accounts.
pub fn message(
    payer: &Pubkey,
    instructions: &[Instruction],
    tables: &[AddressLookupTableAccount],
    blockhash: Hash,
) -> Result<VersionedMessage, Error> {
    let compiled = v0::Message::try_compile(payer, instructions, tables, blockhash);
    compiled.map(VersionedMessage::V0).map_err(|error| Error::Transaction {
        signature: "of an uncompiled message".into(),
        reason: error.to_string(),
    })
}

/// The bytes of a transaction, as they go over the wire.
pub fn wire(transaction: &VersionedTransaction) -> Vec<u8> {
    bincode::serialize(transaction).expect("writing to memory does not fail")
}

/// A transaction as RPC and Jupiter exchange it.
pub fn to_base64(transaction: &VersionedTransaction) -> String {
    STANDARD.encode(wire(transaction))
}

/// The transaction in such a text.
pub fn from_base64(text: &str) -> Option<VersionedTransaction> {
    bincode::deserialize(&STANDARD.decode(text).ok()?).ok()
}

/// Places `signer`'s signature where the message wants it; false if it does not.
pub fn sign(transaction: &mut VersionedTransaction, signer: &Keypair) -> bool {
    let wanted = transaction.message.header().num_required_signatures as usize;
    let keys = transaction.message.static_account_keys();
    let Some(place) = keys.iter().take(wanted).position(|key| *key == signer.pubkey()) else { return false };
    let signature = signer.sign_message(&transaction.message.serialize());
    transaction.signatures.resize(wanted, Signature::default());
    transaction.signatures[place] = signature;
    true
}

impl Client {
    /// A client of the server at `url`.
    pub fn new(url: &str) -> Self {
        Self(Rpc::new(url))
    }

    /// The JSON-RPC client underneath.
    pub fn rpc(&self) -> &Rpc {
        &self.0
    }

    /// A recent blockhash and the last height that it is valid at.
    ///
    /// # Errors
    /// [`Error`] if the node refuses or answers nonsense.
    pub async fn blockhash(&self) -> Result<(Hash, u64), Error> {
        let reply = self.0.call("getLatestBlockhash", json!([{ "commitment": "processed" }])).await?;
        let hash = reply["value"]["blockhash"].as_str().and_then(|text| text.parse().ok());
        let height = reply["value"]["lastValidBlockHeight"].as_u64();
        hash.zip(height).ok_or_else(|| unreadable("the latest blockhash", &reply))
    }

    /// The hash that names the chain.
    ///
    /// # Errors
    /// [`Error`] if the node refuses or answers nonsense.
    pub async fn genesis_hash(&self) -> Result<String, Error> {
        let reply = self.0.call("getGenesisHash", json!([])).await?;
        reply.as_str().map(str::to_owned).ok_or_else(|| unreadable("the genesis hash", &reply))
    }

    /// Minor units in a token account; `None` if there is no such account.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer.
    pub async fn tokens(&self, account: &Pubkey) -> Result<Option<u64>, Error> {
        let found = self.account(account).await?;
        Ok(found
            .and_then(|(owner, data)| crate::token::Holding::parse(&owner, &data))
            .map(|held| held.amount))
    }

    /// Owner and data of an account.
    ///
    /// # Errors
    /// [`Error`] if the node refuses or answers nonsense.
    pub async fn account(&self, address: &Pubkey) -> Result<Option<(Pubkey, Vec<u8>)>, Error> {
        let options = json!({ "encoding": "base64", "commitment": "processed" });
        let reply = self.0.call("getAccountInfo", json!([address.to_string(), options])).await?;
        let value = &reply["value"];
        if value.is_null() {
            return Ok(None);
        }
        let owner = value["owner"].as_str().and_then(|text| text.parse().ok());
        let data = value["data"][0].as_str().and_then(|text| STANDARD.decode(text).ok());
        owner.zip(data).map(Some).ok_or_else(|| unreadable("an account", value))
    }

    /// Builds and signs a transaction; the first signer pays.
    ///
    /// # Errors
    /// [`Error`] if there is no blockhash or the message cannot be compiled.
    pub async fn build(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        tables: &[AddressLookupTableAccount],
    ) -> Result<VersionedTransaction, Error> {
        let (blockhash, _) = self.blockhash().await?;
        let message = message(&signers[0].pubkey(), instructions, tables, blockhash)?;
        let mut transaction = VersionedTransaction { signatures: Vec::new(), message };
        for signer in signers {
            sign(&mut transaction, signer);
        }
        Ok(transaction)
    }

    /// Hands a transaction over and answers its signature.
    ///
    /// # Errors
    /// [`Error::Rpc`] with the node's words, which carry the program's log.
    pub async fn send(
        &self,
        transaction: &VersionedTransaction,
        skip_preflight: bool,
    ) -> Result<String, Error> {
        let options = json!({
            "encoding": "base64", "skipPreflight": skip_preflight, "preflightCommitment": "processed",
        });
        let reply = self.0.call("sendTransaction", json!([to_base64(transaction), options])).await?;
        reply.as_str().map(str::to_owned).ok_or_else(|| unreadable("a signature", &reply))
    }

    /// The status of a signature.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer.
    pub async fn status(&self, signature: &str) -> Result<Value, Error> {
        let options = json!({ "searchTransactionHistory": true });
        let reply = self.0.call("getSignatureStatuses", json!([[signature], options])).await?;
        Ok(reply["value"][0].clone())
    }

    /// Waits until a transaction is confirmed.
    ///
    /// # Errors
    /// [`Error::Transaction`] if it failed, [`Error::Timeout`] if it never comes.
    pub async fn confirm(&self, signature: &str) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let status = self.status(signature).await?;
            if !status.is_null() && !status["err"].is_null() {
                let reason = status["err"].to_string();
                return Err(Error::Transaction { signature: signature.into(), reason });
            }
            if matches!(status["confirmationStatus"].as_str(), Some("confirmed" | "finalized")) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let what = format!("the confirmation of {signature}");
                return Err(Error::Timeout { what, seconds: PATIENCE.as_secs() });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Builds, signs, sends and awaits a transaction.
    ///
    /// # Errors
    /// As the single steps.
    pub async fn run(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        tables: &[AddressLookupTableAccount],
    ) -> Result<String, Error> {
        let transaction = self.build(instructions, signers, tables).await?;
        let signature = self.send(&transaction, false).await?;
        self.confirm(&signature).await?;
        Ok(signature)
    }

    /// A transaction as the node recorded it, in JSON.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer.
    pub async fn transaction(&self, signature: &str) -> Result<Value, Error> {
        let options =
            json!({ "encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 0 });
        Ok(self.0.call("getTransaction", json!([signature, options])).await?)
    }
}
