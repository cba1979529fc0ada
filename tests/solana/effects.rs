//! Effects of instructions: each known one to the last byte, everything else unknown.

use purser::chains::solana::associated::{associated_account, create_associated_account};
use purser::chains::solana::effects::{Authority, Effect, effect};
use purser::chains::solana::{AccountMeta, Address, Instruction};
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use spl_token_interface::instruction as token;

use super::support::{USDC, wallet};

const TO: Address = Address::new_from_array([0x44; 32]);
const FROM: Address = Address::new_from_array([0x45; 32]);

fn known(instruction: &Instruction) -> Effect {
    let found = effect(instruction);
    assert!(!matches!(found, Effect::Unknown(_)), "{found:?}");
    // One byte more or less, one account more or less: unknown.
    for change in [
        |one: &mut Instruction| one.data.push(0),
        |one: &mut Instruction| one.data.truncate(one.data.len().saturating_sub(1)),
        |one: &mut Instruction| one.accounts.push(AccountMeta::new(TO, false)),
    ] {
        let mut changed = instruction.clone();
        change(&mut changed);
        let harmless = instruction.accounts.is_empty() && changed.data == instruction.data;
        if changed != *instruction && !harmless {
            assert_ne!(effect(&changed), found);
            assert!(
                matches!(
                    effect(&changed),
                    Effect::Unknown(_) | Effect::CreateAssociatedAccount { idempotent: false, .. }
                ),
                "{changed:?}"
            );
        }
    }
    found
}

#[test]
fn token_instructions_are_told_apart() {
    let (program, owner) = (TOKEN_PROGRAM, wallet(1).address());
    let transfer = token::transfer(&program, &FROM, &TO, &owner, &[], 5).unwrap();
    let expected =
        Effect::TransferTokens { program, from: FROM, to: TO, authority: owner, mint: None, amount: 5 };
    assert_eq!(known(&transfer), expected);
    let checked = token::transfer_checked(&program, &FROM, &USDC, &TO, &owner, &[], 5, 6).unwrap();
    let expected =
        Effect::TransferTokens { program, from: FROM, to: TO, authority: owner, mint: Some(USDC), amount: 5 };
    assert_eq!(known(&checked), expected);
    let approve = token::approve(&program, &FROM, &TO, &owner, &[], u64::MAX).unwrap();
    let expected = Effect::ApproveTokens { program, account: FROM, delegate: TO, owner, amount: u64::MAX };
    assert_eq!(known(&approve), expected);
    assert_eq!(
        known(&token::revoke(&program, &FROM, &owner, &[]).unwrap()),
        Effect::RevokeApproval { account: FROM, owner }
    );
    let close = token::close_account(&program, &FROM, &TO, &owner, &[]).unwrap();
    assert_eq!(known(&close), Effect::CloseAccount { account: FROM, destination: TO, owner });
    let burn = token::burn(&program, &FROM, &USDC, &owner, &[], 9).unwrap();
    let expected = Effect::BurnTokens { program, account: FROM, mint: USDC, authority: owner, amount: 9 };
    assert_eq!(known(&burn), expected);
    assert_eq!(known(&token::sync_native(&program, &FROM).unwrap()), Effect::SyncNative { account: FROM });
}

#[test]
fn every_change_of_authority_is_named() {
    let owner = wallet(1).address();
    for (kind, authority) in [
        (token::AuthorityType::AccountOwner, Authority::Owner),
        (token::AuthorityType::CloseAccount, Authority::Close),
        (token::AuthorityType::MintTokens, Authority::Mint),
        (token::AuthorityType::FreezeAccount, Authority::Freeze),
    ] {
        let change = token::set_authority(&TOKEN_PROGRAM, &FROM, Some(&TO), kind, &owner, &[]).unwrap();
        assert_eq!(
            known(&change),
            Effect::SetAuthority { account: FROM, authority, from: owner, to: Some(TO) }
        );
    }
}

#[test]
fn unfamiliar_token_instructions_are_unknown() {
    let owner = wallet(1).address();
    for data in [vec![], vec![26, 1], vec![255, 1, 2], vec![6, 9, 0], vec![7, 1, 0, 0, 0, 0, 0, 0, 0]] {
        let accounts = [FROM, TO, owner].map(|key| AccountMeta::new(key, false)).to_vec();
        for program_id in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
            let instruction = Instruction { program_id, accounts: accounts.clone(), data: data.clone() };
            assert_eq!(effect(&instruction), Effect::Unknown(instruction.clone()));
        }
    }
    // Several signatures in place of one owner are nothing we do.
    let several = token::transfer(&TOKEN_PROGRAM, &FROM, &TO, &owner, &[&FROM, &TO], 5).unwrap();
    assert!(matches!(effect(&several), Effect::Unknown(_)));
}

#[test]
fn lamports_accounts_and_nonces() {
    let owner = wallet(1).address();
    let pay = solana_system_interface::instruction::transfer(&owner, &TO, 77);
    assert_eq!(known(&pay), Effect::PayLamports { from: owner, to: TO, lamports: 77 });
    let create = solana_system_interface::instruction::create_account(&owner, &TO, 5, 165, &TOKEN_PROGRAM);
    assert_eq!(
        known(&create),
        Effect::CreateAccount { from: owner, account: TO, owner: TOKEN_PROGRAM, lamports: 5 }
    );
    let advance = solana_system_interface::instruction::advance_nonce_account(&TO, &owner);
    assert_eq!(known(&advance), Effect::AdvanceNonce { nonce: TO, authority: owner });
    let assign = solana_system_interface::instruction::assign(&owner, &TO);
    assert!(matches!(effect(&assign), Effect::Unknown(_)));
}

#[test]
fn an_associated_account_must_be_the_derived_one() {
    let owner = wallet(1).address();
    let create = create_associated_account(&owner, &TO, &USDC, &TOKEN_PROGRAM);
    let account = associated_account(&TO, &USDC, &TOKEN_PROGRAM);
    let expected = Effect::CreateAssociatedAccount {
        payer: owner,
        account,
        owner: TO,
        mint: USDC,
        program: TOKEN_PROGRAM,
        idempotent: true,
    };
    assert_eq!(known(&create), expected);
    for index in [1, 2, 3, 4, 5] {
        let mut other = create.clone();
        other.accounts[index].pubkey = FROM;
        assert!(matches!(effect(&other), Effect::Unknown(_)), "account {index}");
    }
}

#[test]
fn the_compute_budget_is_read_exactly() {
    let budget = |data: &[u8]| {
        let program_id = Address::from_str_const("ComputeBudget111111111111111111111111111111");
        effect(&Instruction { program_id, accounts: Vec::new(), data: data.to_vec() })
    };
    assert_eq!(budget(&[2, 1, 1, 0, 0]), Effect::ComputeLimit { units: 257 });
    assert_eq!(
        budget(&[3, 255, 255, 255, 255, 255, 255, 255, 255]),
        Effect::ComputePrice { micro_lamports: u64::MAX }
    );
    assert_eq!(budget(&[1, 0, 4, 0, 0]), Effect::RuntimeBound { bytes: 1024 });
    for data in
        [&[][..], &[2], &[2, 1, 1, 0], &[2, 1, 1, 0, 0, 0], &[3, 1], &[0, 1, 1, 0, 0], &[5, 0, 0, 0, 0]]
    {
        assert!(matches!(budget(data), Effect::Unknown(_)), "{data:?}");
    }
}
