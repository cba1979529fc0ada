//! Who a burn on an EVM chain may name to receive on Solana: the token account of an allowed owner, and nothing
//! else. What is minted to anything else is lost.

use alloy::primitives::B256;
use purser::chains::solana::Address;
use purser::domain::{AnyAddress, Spent, Step};
use purser::policy::{Denial, Effect, Rule, Verdict};

use super::{FRIEND, OURS, STRANGER, USDC, USDT, account, arriving, rules};
use crate::policy::world;

/// A burn on an EVM chain for `owner` on Solana that names `found`.
fn judged(owner: Address, found: Address) -> Verdict {
    let burn = world::burn().with(|case| {
        let step = arriving();
        let from = world::chain("alpha");
        case.step =
            Step::Bridge(purser::domain::BridgeStep { from, recipient: AnyAddress::Solana(owner), ..step });
        if let Effect::Burn { destination_domain, mint_recipient, .. } = &mut case.effect {
            (*destination_domain, *mint_recipient) = (5, B256::from(found.to_bytes()));
        }
    });
    burn.judge_by(&rules(), Spent::default())
}

#[test]
fn the_token_account_of_an_allowed_owner_receives() {
    for owner in [OURS, FRIEND] {
        assert_eq!(judged(owner, account(&owner, &USDC)), Verdict::Allow);
    }
}

#[test]
fn nothing_else_does() {
    let wrong = [
        // An owner's key is no token account: what is minted to it can never be received.
        (OURS, OURS),
        (FRIEND, FRIEND),
        (OURS, account(&OURS, &USDT)),
        (FRIEND, account(&FRIEND, &USDT)),
        (OURS, account(&FRIEND, &USDC)),
        (FRIEND, account(&OURS, &USDC)),
        (OURS, account(&STRANGER, &USDC)),
        (FRIEND, account(&STRANGER, &USDC)),
        (FRIEND, STRANGER),
        (FRIEND, USDC),
        (STRANGER, account(&STRANGER, &USDC)),
        (STRANGER, account(&OURS, &USDC)),
        (OURS, Address::default()),
    ];
    for (owner, found) in wrong {
        let Verdict::Deny(Denial { rule, reason }) = judged(owner, found) else {
            panic!("{found} may receive for {owner}");
        };
        assert_eq!(rule, Rule::Recipient, "{reason}");
        let named = format!("{} would receive, planned is {owner} on solana", B256::from(found.to_bytes()));
        assert_eq!(reason, named);
    }
}
