//! Calldata of approvals, burns and mints, and back: policy judges what the bytes say.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;

use super::abi::{MessageTransmitterV2, TokenMessengerV2, Usdc};
use super::{ContractError, End};
use crate::bridges::cctp::ends::FarEnd;
use crate::bridges::cctp::message::Message;
use crate::chains::evm::Call;
use crate::domain::{BridgeStep, Domain};

/// The arguments of `depositForBurn`. Amounts are base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burn {
    /// What is burnt.
    pub amount: u128,
    /// Where it is minted.
    pub destination_domain: Domain,
    /// Who receives it, left-padded.
    pub mint_recipient: B256,
    /// Token burnt.
    pub burn_token: Address,
    /// Who may mint; zero for anybody.
    pub destination_caller: B256,
    /// Most the bridge may keep.
    pub max_fee: u128,
    /// Finality asked for.
    pub min_finality_threshold: u32,
}

impl Burn {
    /// The burn that `step` means, from `source` to `destination`. Anybody may mint it.
    ///
    /// Refuses what the contract would revert on or what would lose money: another chain or asset,
    /// nothing to burn, a maximum fee not below the amount, no recipient, one and the same domain.
    pub fn of_step(
        source: &End,
        destination: &impl FarEnd,
        step: &BridgeStep,
    ) -> Result<Self, ContractError> {
        let refuse = |reason: String| Err(ContractError::Step { reason });
        if step.from != source.chain || step.to != *destination.chain() {
            return refuse(format!(
                "it goes {}→{}, the contracts given are of {}→{}",
                step.from,
                step.to,
                source.chain,
                destination.chain()
            ));
        }
        if source.domain == destination.domain() {
            return refuse(format!("both ends are domain {}", source.domain));
        }
        for (what, amount) in [("amount", &step.amount), ("maximum fee", &step.max_fee)] {
            if *amount.asset() != source.asset || amount.decimals() != step.amount.decimals() {
                return refuse(format!("its {what} {amount} is not in {} as burnt", source.asset));
            }
        }
        if *destination.asset() != source.asset {
            return refuse(format!("{} does not arrive as {}", source.asset, destination.asset()));
        }
        if step.amount.is_zero() {
            return refuse("its amount is zero".to_owned());
        }
        if step.max_fee.units() >= step.amount.units() {
            return refuse(format!(
                "its maximum fee {} is not below its amount {}",
                step.max_fee, step.amount
            ));
        }
        if step.recipient.is_zero() {
            return refuse("it has no recipient".to_owned());
        }
        let Some(mint_recipient) = destination.recipient_word(step.recipient) else {
            return refuse(format!("its recipient {} is no address of {}", step.recipient, step.to));
        };
        Ok(Self {
            amount: step.amount.units(),
            destination_domain: destination.domain(),
            mint_recipient,
            burn_token: source.token,
            destination_caller: B256::ZERO,
            max_fee: step.max_fee.units(),
            min_finality_threshold: step.speed.finality_threshold(),
        })
    }

    /// The call to `source`'s TokenMessenger.
    pub fn call(&self, source: &End) -> Call {
        let call = TokenMessengerV2::depositForBurnCall {
            amount: U256::from(self.amount),
            destinationDomain: self.destination_domain.0,
            mintRecipient: self.mint_recipient,
            burnToken: self.burn_token,
            destinationCaller: self.destination_caller,
            maxFee: U256::from(self.max_fee),
            minFinalityThreshold: self.min_finality_threshold,
        };
        Call { to: source.token_messenger, data: call.abi_encode().into() }
    }

    /// The message this burn emits when `burner` sends it: the four fields of Iris are zero.
    pub fn message(&self, source: &End, destination: &impl FarEnd, burner: Address) -> Message {
        Message {
            source_domain: source.domain,
            destination_domain: self.destination_domain,
            nonce: B256::ZERO,
            sender: source.messenger_word(),
            recipient: destination.messenger_word(),
            destination_caller: self.destination_caller,
            min_finality_threshold: self.min_finality_threshold,
            finality_threshold_executed: 0,
            burn_token: self.burn_token.into_word(),
            mint_recipient: self.mint_recipient,
            amount: self.amount,
            message_sender: burner.into_word(),
            max_fee: self.max_fee,
            fee_executed: 0,
            expiration_block: 0,
        }
    }
}

/// Approves `source`'s TokenMessenger for exactly `units` base units; zero revokes.
pub fn approve(source: &End, units: u128) -> Call {
    let call = Usdc::approveCall { spender: source.token_messenger, amount: U256::from(units) };
    Call { to: source.token, data: call.abi_encode().into() }
}

/// Burns as `step` says; see [`Burn::of_step`] for what is refused.
pub fn burn(source: &End, destination: &impl FarEnd, step: &BridgeStep) -> Result<Call, ContractError> {
    Ok(Burn::of_step(source, destination, step)?.call(source))
}

/// Mints the attested `message` at `destination`.
pub fn mint(destination: &End, message: &Bytes, attestation: &Bytes) -> Call {
    let call = MessageTransmitterV2::receiveMessageCall {
        message: message.clone(),
        attestation: attestation.clone(),
    };
    Call { to: destination.message_transmitter, data: call.abi_encode().into() }
}

/// What calldata of this bridge does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// ERC-20 `approve`.
    Approve {
        /// Who may spend.
        spender: Address,
        /// How much, in base units; kept in full width because an unlimited approval is `2^256 − 1`.
        amount: U256,
    },
    /// `depositForBurn`.
    Burn(Burn),
    /// `receiveMessage`.
    Mint {
        /// The message in it.
        message: Box<Message>,
        /// Its signatures.
        attestation: Bytes,
    },
}

/// Reads calldata of one of the three calls. Bytes that are not exactly what this module would
/// encode (another function, missing, trailing or dirty bytes, amounts of 2^128 and more, a message
/// that is no burn message) are refused.
pub fn decode(data: &[u8]) -> Result<Decoded, ContractError> {
    let selector = data.get(..4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    match selector {
        Some(Usdc::approveCall::SELECTOR) => {
            let call: Usdc::approveCall = exact("approve", data)?;
            Ok(Decoded::Approve { spender: call.spender, amount: call.amount })
        }
        Some(TokenMessengerV2::depositForBurnCall::SELECTOR) => {
            let call: TokenMessengerV2::depositForBurnCall = exact("depositForBurn", data)?;
            let units = |value: U256| {
                u128::try_from(value).map_err(|_| ContractError::Form {
                    what: "depositForBurn",
                    reason: "an amount is 2^128 or more".to_owned(),
                })
            };
            Ok(Decoded::Burn(Burn {
                amount: units(call.amount)?,
                destination_domain: Domain(call.destinationDomain),
                mint_recipient: call.mintRecipient,
                burn_token: call.burnToken,
                destination_caller: call.destinationCaller,
                max_fee: units(call.maxFee)?,
                min_finality_threshold: call.minFinalityThreshold,
            }))
        }
        Some(MessageTransmitterV2::receiveMessageCall::SELECTOR) => {
            let call: MessageTransmitterV2::receiveMessageCall = exact("receiveMessage", data)?;
            let message = Message::decode(&call.message)
                .map_err(|error| ContractError::Form { what: "receiveMessage", reason: error.to_string() })?;
            Ok(Decoded::Mint { message: Box::new(message), attestation: call.attestation })
        }
        Some(_) | None => Err(ContractError::Form {
            what: "calldata",
            reason: "it is neither approve, depositForBurn nor receiveMessage".to_owned(),
        }),
    }
}

/// Decodes and demands that encoding gives the same bytes again.
fn exact<C: SolCall>(what: &'static str, data: &[u8]) -> Result<C, ContractError> {
    let call = C::abi_decode_validate(data)
        .map_err(|error| ContractError::Form { what, reason: error.to_string() })?;
    if call.abi_encode() == data {
        return Ok(call);
    }
    Err(ContractError::Form { what, reason: "its bytes are not the canonical encoding".to_owned() })
}
