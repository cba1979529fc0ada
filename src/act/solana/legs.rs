//! How an operation goes through its legs on Solana.

use crate::act::engine::Progress;
use crate::act::pursue::Fate;
use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::solana::{MintRecipient, RecipientError, SolanaEnd};
use crate::chains::solana::Commitment;
use crate::domain::{Leg, Operation, OperationState, Step};

impl Engine {
    /// Signs the one transaction that moves the value on Solana.
    pub(in crate::act) async fn begin_on_solana(&self, operation: &Operation) -> Result<Progress, ActError> {
        let leg = Self::spending_leg(operation);
        match self.sign(operation, leg, None, None).await? {
            signing @ (Signing::Sent | Signing::Waiting(_)) => Ok(signing.into()),
            Signing::Expired => Err(self.inconsistent(operation, "leg")),
            Signing::Reverted(reason) => {
                self.end_when_final(operation, &format!("the {leg} would fail: {reason}")).await
            }
            Signing::Denied(denial) => {
                self.end_when_final(operation, &format!("policy denied the {leg} by {denial}")).await
            }
        }
    }

    /// The transaction before is proven dead: another one, unless the plan is too old by now.
    pub(in crate::act) async fn sign_anew(
        &self,
        operation: &Operation,
        leg: Leg,
    ) -> Result<Progress, ActError> {
        if operation.state == OperationState::Signed {
            let reason = "its blockhash is past and nothing of it landed";
            return self.go_again(operation, OperationState::Unknown, leg, Some(reason)).await;
        }
        if self.now() > operation.expires_at {
            let reason =
                format!("the {leg} did not land before its blockhash was past, and the plan expired");
            return self.end_when_final(operation, &reason).await;
        }
        match self.sign(operation, leg, None, Some("nothing landed before")).await? {
            signing @ (Signing::Sent | Signing::Waiting(_) | Signing::Expired) => Ok(signing.into()),
            Signing::Reverted(reason) => {
                self.end_when_final(operation, &format!("the {leg} would fail: {reason}")).await
            }
            Signing::Denied(denial) => {
                self.end_when_final(operation, &format!("policy denied the {leg} by {denial}")).await
            }
        }
    }

    /// Whether the wallet's token account on Solana, where the transfer is to arrive, has to be created.
    pub(in crate::act) async fn must_open_on_solana(&self, operation: &Operation) -> Result<bool, ActError> {
        let Some(to) = self.arrives_on_solana(operation)? else { return Ok(false) };
        Ok(matches!(self.recipient_on_solana(operation, &to).await?, Err(RecipientError::Missing { .. })))
    }

    /// Creates it; the burn waits for it.
    pub(in crate::act) async fn open_on_solana(&self, operation: &Operation) -> Result<Progress, ActError> {
        match self.sign(operation, Leg::Open, None, None).await? {
            signing @ (Signing::Sent | Signing::Waiting(_) | Signing::Expired) => Ok(signing.into()),
            Signing::Reverted(reason) => {
                let reason = format!("the receiving token account cannot be created: {reason}");
                self.end_when_final(operation, &reason).await
            }
            Signing::Denied(denial) => {
                self.end_when_final(operation, &format!("policy denied the open by {denial}")).await
            }
        }
    }

    /// The token account was created: on with the transfer when that is final.
    pub(in crate::act) async fn after_opening(&self, operation: &Operation) -> Result<Progress, ActError> {
        match self.pursue(operation, Leg::Open).await? {
            Fate::Included { proof, .. } if proof.is_final() => self.begin(operation).await,
            Fate::Included { .. } => {
                Ok(Progress::Waiting("waiting until the receiving token account is final".to_owned()))
            }
            Fate::Pending(why) => self.out_of_its_block(operation, &why).await,
            Fate::Reverted | Fate::Expired => self.out_of_its_block(operation, "it left its slot").await,
            Fate::Foreign(why) => {
                self.go(operation, OperationState::NeedsOperator, Leg::Open, Some(&why)).await
            }
            Fate::Nothing => Err(self.inconsistent(operation, "opening transaction")),
        }
    }

    /// Before anything is burnt: what the message would name can be minted to. A message that names a
    /// wallet, or an account that does not exist, could never be received.
    pub(in crate::act) async fn may_receive_on_solana(
        &self,
        operation: &Operation,
    ) -> Result<Result<(), Signing>, ActError> {
        let Some(to) = self.arrives_on_solana(operation)? else { return Ok(Ok(())) };
        Ok(match self.recipient_on_solana(operation, &to).await? {
            Ok(_) => Ok(()),
            Err(error) => Err(Signing::Reverted(error.to_string())),
        })
    }

    async fn recipient_on_solana(
        &self,
        operation: &Operation,
        to: &SolanaEnd,
    ) -> Result<Result<MintRecipient, RecipientError>, ActError> {
        let Step::Bridge(step) = &operation.step else {
            return Err(self.inconsistent(operation, "transfer"));
        };
        let solana = self.solana(operation)?;
        let owner = step.recipient.solana().ok_or_else(|| self.inconsistent(operation, "recipient"))?;
        let account = to.account_of(&owner);
        let after = self.last_block(operation, solana.chain.name()).await?;
        let addresses = [to.token.mint, account];
        let read = solana.chain.accounts_alike(&addresses, &addresses, Commitment::Finalised, after).await?;
        let at = |index: usize| read.accounts.get(index).and_then(Option::as_ref);
        let mut allowed = self.parts.solana_recipients.clone();
        allowed.push(solana.wallet.address());
        Ok(MintRecipient::verify(to, account, &owner, &allowed, at(0), at(1)))
    }
}
