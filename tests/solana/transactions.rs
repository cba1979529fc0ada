//! Transactions: one encoding each, verified signatures, keys that never print, tables.

use proptest::prelude::*;
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::keys::Wallet;
use purser::chains::solana::resolved::{ResolveError, Resolved};
use purser::chains::solana::table::{Table, TableError};
use purser::chains::solana::transaction::{Draft, TransactionError, decode};
use purser::chains::solana::{Account, AccountMeta, Address, Instruction, Signed};

use super::support::{blockhash, burn, end, mint_table, owned_by, wallet};

const BUDGET: ComputeBudget = ComputeBudget { limit: 100_000, price: 5 };

fn signed_burn() -> Signed {
    let (payer, event) = (wallet(1), wallet(2));
    let instructions = vec![end().burn(&burn(payer.address(), event.address()))];
    let draft = Draft { payer: payer.address(), instructions, tables: vec![mint_table(&end())] };
    let unsigned = draft.compile(BUDGET, &blockhash()).unwrap();
    unsigned.sign(&[payer.signer(), event.signer()]).unwrap()
}

#[test]
fn journalled_bytes_are_read_back_whole() {
    let signed = signed_burn();
    assert_eq!(Signed::decode(&signed.bytes, 1000, 1050), Ok(signed.clone()));
    assert_eq!(
        (signed.blockhash, signed.slot, signed.last_valid_block_height),
        (blockhash().hash, 1000, 1050)
    );
    let again = signed_burn();
    assert_eq!(again.bytes, signed.bytes, "signing the same message twice gives the same bytes");
}

#[test]
fn every_single_bit_counts() {
    let signed = signed_burn();
    for position in 0..signed.bytes.len() {
        let mut bytes = signed.bytes.clone();
        bytes[position] ^= 1 << (position % 8);
        let changed = Signed::decode(&bytes, 0, 0);
        assert!(changed.is_err(), "bit {} of byte {position}", position % 8);
    }
    let mut longer = signed.bytes.clone();
    longer.push(0);
    assert!(Signed::decode(&longer, 0, 0).is_err());
    assert!(Signed::decode(&signed.bytes[..signed.bytes.len() - 1], 0, 0).is_err());
    let huge = decode(&[0; 1233]);
    assert_eq!(huge, Err(TransactionError::TooLarge { bytes: 1233 }));
}

#[test]
fn unsigned_bytes_are_no_signed_transaction() {
    let payer = wallet(1).address();
    let draft = Draft { payer, instructions: Vec::new(), tables: Vec::new() };
    let bytes = draft.compile(BUDGET, &blockhash()).unwrap().bytes().unwrap();
    assert_eq!(Signed::decode(&bytes, 0, 0), Err(TransactionError::BadSignature { index: 0 }));
    assert!(Resolved::decode(&bytes, &[]).is_ok());
}

#[test]
fn tables_are_resolved_only_with_their_content() {
    let signed = signed_burn();
    let table = mint_table(&end());
    let resolved = Resolved::decode(&signed.bytes, std::slice::from_ref(&table)).unwrap();
    assert_eq!(resolved.tables, [table.address]);
    assert_eq!(resolved.payer, wallet(1).address());
    assert_eq!(resolved.signers.len(), 2);
    let built = end().burn(&burn(wallet(1).address(), wallet(2).address()));
    let found = resolved.instructions.last().unwrap();
    assert_eq!(found.data, built.data);
    let keys =
        |instruction: &Instruction| instruction.accounts.iter().map(|meta| meta.pubkey).collect::<Vec<_>>();
    assert_eq!(keys(found), keys(&built));
    for (found, built) in found.accounts.iter().zip(&built.accounts) {
        assert!(found.is_writable >= built.is_writable && found.is_signer >= built.is_signer, "{found:?}");
    }
    let unknown = Resolved::decode(&signed.bytes, &[]);
    assert_eq!(unknown, Err(ResolveError::UnknownTable(table.address)));
    let short = Table { addresses: Vec::new(), ..table };
    assert!(matches!(Resolved::decode(&signed.bytes, &[short]), Err(ResolveError::NoEntry { .. })));
}

fn table_data(deactivation: u64, extended: u64, start: u8, addresses: &[Address]) -> Vec<u8> {
    let mut data = 1_u32.to_le_bytes().to_vec();
    data.extend_from_slice(&deactivation.to_le_bytes());
    data.extend_from_slice(&extended.to_le_bytes());
    data.push(start);
    data.resize(56, 0);
    for address in addresses {
        data.extend_from_slice(address.as_ref());
    }
    data
}

#[test]
fn only_tables_in_service_are_used() {
    let program = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");
    let (address, entries) = (Address::from([1; 32]), [Address::from([2; 32]), Address::from([3; 32])]);
    let at = |data: Vec<u8>, slot| {
        let account: Account = owned_by(program, data);
        Table::decode(address, Some(&account), slot)
    };
    let active = table_data(u64::MAX, 100, 1, &entries);
    assert_eq!(at(active.clone(), 101).unwrap().addresses, entries);
    // What was added in this very slot cannot be used yet.
    assert_eq!(at(active.clone(), 100).unwrap().addresses, entries[..1]);
    assert_eq!(at(table_data(500, 100, 0, &entries), 600), Err(TableError::Deactivated(address)));
    assert_eq!(Table::decode(address, None, 1), Err(TableError::Missing(address)));
    assert_eq!(at(active[..active.len() - 1].to_vec(), 101), Err(TableError::NoTable(address)));
    assert_eq!(at(Vec::new(), 101), Err(TableError::NoTable(address)));
    let foreign = owned_by(Address::from([9; 32]), active);
    assert_eq!(Table::decode(address, Some(&foreign), 101), Err(TableError::NoTable(address)));
}

#[test]
fn keys_are_read_and_never_print() {
    let keypair = solana_keypair::Keypair::new_from_array([42; 32]);
    let json = serde_json::to_string(&keypair.to_bytes().to_vec()).unwrap();
    let base58 = keypair.to_base58_string();
    for text in [json.clone(), base58.clone(), format!("{json}\n")] {
        let wallet = Wallet::parse(&text).unwrap();
        let shown = format!("{wallet:?}");
        assert!(shown.contains(&wallet.address().to_string()));
        assert!(!shown.contains(&base58) && !shown.contains("42, 42"), "{shown}");
    }
    let mut halves = keypair.to_bytes();
    halves[63] ^= 1;
    let torn = serde_json::to_string(&halves.to_vec()).unwrap();
    for text in ["", "[]", "[1,2]", "hello", torn.as_str(), &json[..json.len() - 8]] {
        let error = Wallet::parse(text).unwrap_err().to_string();
        assert!(!error.contains("42"), "{error}");
    }
    assert_ne!(Wallet::fresh().address(), Wallet::fresh().address());
}

proptest! {
    #[test]
    fn any_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..1300)) {
        if let Ok(transaction) = decode(&bytes) {
            prop_assert_eq!(bincode::serialize(&transaction).unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_compiled_resolves_to_the_same(
        data in prop::collection::vec(any::<u8>(), 0..200),
        keys in prop::collection::vec((any::<[u8; 32]>(), any::<bool>()), 0..12),
        in_table in any::<u16>(),
    ) {
        let payer = wallet(1).address();
        let accounts: Vec<AccountMeta> = keys
            .iter()
            .map(|(key, is_writable)| AccountMeta { pubkey: Address::from(*key), is_signer: false, is_writable: *is_writable })
            .collect();
        let listed = accounts.iter().enumerate().filter(|(index, _)| in_table & (1 << index) != 0);
        let table = Table { address: Address::from([5; 32]), addresses: listed.map(|(_, meta)| meta.pubkey).collect() };
        let instruction = Instruction { program_id: Address::from([6; 32]), accounts, data };
        let draft = Draft { payer, instructions: vec![instruction.clone()], tables: vec![table.clone()] };
        let bytes = draft.compile(BUDGET, &blockhash()).unwrap().bytes().unwrap();
        let resolved = Resolved::decode(&bytes, &[table]).unwrap();
        prop_assert_eq!(resolved.instructions.last().unwrap(), &instruction);
        prop_assert_eq!(resolved.signers, vec![payer]);
    }
}
