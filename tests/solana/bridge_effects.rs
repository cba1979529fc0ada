//! Effects of CCTP's instructions: what is built is recognised, and no changed one is.

use alloy::primitives::{B256, Bytes};
use proptest::prelude::*;
use purser::bridges::cctp::FarEnd;
use purser::bridges::cctp::solana::effects::bridge_effect;
use purser::bridges::cctp::solana::{BridgeEffect, Burn, Mint, bridge_effects};
use purser::chains::solana::associated::create_associated_account;
use purser::chains::solana::effects::Effect;
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::transaction::Draft;
use purser::chains::solana::{Address, Instruction};
use purser::config::solana::TOKEN_PROGRAM;
use purser::domain::Domain;

use super::support::{
    FEE_RECIPIENT, USDC, attest, attesters, blockhash, burn, end, incoming, mint_table, wallet,
};

fn mint_instruction() -> (Instruction, BridgeEffect) {
    let payer = wallet(1).address();
    let message = incoming(end().recipient_word(payer.into()).unwrap());
    let fee_account = end().account_of(&FEE_RECIPIENT);
    let bytes = message.encode();
    let attestation = attest(&bytes, &attesters());
    let mint = Mint { payer, message: bytes, attestation, fee_account };
    (end().mint(&mint, &message), BridgeEffect::Mint { payer, message, fee_account })
}

fn reclaim_instruction() -> (Instruction, BridgeEffect) {
    let (payee, event) = (wallet(1).address(), wallet(2).address());
    (end().reclaim(&payee, &event, &[7; 376], &[8; 130]), BridgeEffect::Reclaim { payee, event })
}

#[test]
fn a_whole_transaction_is_read_from_its_bytes() {
    let payer = wallet(1).address();
    let create = create_associated_account(&payer, &payer, &USDC, &TOKEN_PROGRAM);
    let (instruction, expected) = mint_instruction();
    let table = mint_table(&end());
    let draft = Draft { payer, instructions: vec![create, instruction], tables: vec![table.clone()] };
    let budget = ComputeBudget { limit: 350_000, price: 9 };
    let bytes = draft.compile(budget, &blockhash()).unwrap().bytes().unwrap();
    let resolved = Resolved::decode(&bytes, &[table]).unwrap();
    let effects = bridge_effects(&end(), &resolved);
    assert_eq!(effects[0], BridgeEffect::Other(Effect::ComputeLimit { units: 350_000 }));
    assert_eq!(effects[1], BridgeEffect::Other(Effect::ComputePrice { micro_lamports: 9 }));
    assert!(matches!(
        effects[2],
        BridgeEffect::Other(Effect::CreateAssociatedAccount { idempotent: true, .. })
    ));
    assert_eq!(effects[3..], [expected]);
}

#[test]
fn every_changed_account_makes_it_unknown_or_another() {
    let burn_instruction = end().burn(&burn(wallet(1).address(), wallet(2).address()));
    for instruction in [burn_instruction, mint_instruction().0, reclaim_instruction().0] {
        let original = bridge_effect(&end(), &instruction);
        assert!(!matches!(original, BridgeEffect::Other(_)));
        for index in 0..instruction.accounts.len() {
            let mut changed = instruction.clone();
            changed.accounts[index].pubkey = Address::from([0x77; 32]);
            assert_ne!(bridge_effect(&end(), &changed), original, "account {index}");
        }
        let mut fewer = instruction.clone();
        fewer.accounts.pop();
        assert!(matches!(bridge_effect(&end(), &fewer), BridgeEffect::Other(Effect::Unknown(_))));
        let mut longer = instruction.clone();
        longer.data.push(0);
        assert!(matches!(bridge_effect(&end(), &longer), BridgeEffect::Other(Effect::Unknown(_))));
        let mut elsewhere = instruction.clone();
        elsewhere.program_id = Address::from([0x78; 32]);
        assert!(matches!(bridge_effect(&end(), &elsewhere), BridgeEffect::Other(Effect::Unknown(_))));
        // Rights the program needs and does not get: not what we build.
        let index = instruction.accounts.iter().position(|meta| meta.is_signer).unwrap();
        let mut unsigned = instruction.clone();
        unsigned.accounts[index].is_signer = false;
        assert!(matches!(bridge_effect(&end(), &unsigned), BridgeEffect::Other(Effect::Unknown(_))));
    }
}

#[test]
fn every_bit_of_the_data_counts() {
    let original = end().burn(&burn(wallet(1).address(), wallet(2).address()));
    let effect = bridge_effect(&end(), &original);
    for bit in 0..original.data.len() * 8 {
        let mut changed = original.clone();
        changed.data[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(bridge_effect(&end(), &changed), effect, "bit {bit}");
    }
    // A destination caller would let only that caller mint.
    let mut caller = original;
    caller.data[60] = 1;
    assert!(matches!(bridge_effect(&end(), &caller), BridgeEffect::Other(Effect::Unknown(_))));
}

proptest! {
    #[test]
    fn what_is_built_is_read(
        amount in any::<u64>(), destination in any::<u32>(), recipient in any::<[u8; 32]>(),
        max_fee in any::<u64>(), min_finality_threshold in any::<u32>(), rent in any::<[u8; 32]>(),
    ) {
        let burn = Burn {
            owner: wallet(1).address(),
            rent_payer: Address::from(rent),
            event: wallet(2).address(),
            amount,
            destination: Domain(destination),
            mint_recipient: B256::from(recipient),
            max_fee,
            min_finality_threshold,
        };
        prop_assert_eq!(bridge_effect(&end(), &end().burn(&burn)), BridgeEffect::Burn(burn));
    }

    #[test]
    fn any_data_is_read_or_unknown(data in prop::collection::vec(any::<u8>(), 0..600), which in 0..3_usize) {
        let built = [
            end().burn(&burn(wallet(1).address(), wallet(2).address())),
            mint_instruction().0,
            reclaim_instruction().0,
        ];
        let mut instruction = built[which].clone();
        let head = instruction.data[..8].to_vec();
        instruction.data = [head, data].concat();
        let effect = bridge_effect(&end(), &instruction);
        let fits = matches!(effect, BridgeEffect::Other(Effect::Unknown(_))) || instruction.data == built[which].data
            || matches!(effect, BridgeEffect::Burn(_) | BridgeEffect::Reclaim { .. });
        prop_assert!(fits, "{effect:?}");
        let _ = Bytes::from(instruction.data);
    }
}
