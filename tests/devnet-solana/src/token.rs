//! Token accounts and mints, written byte for byte as the token programs
//! keep them, and the instructions that move tokens.

use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_pubkey::Pubkey;

use crate::ids::{ASSOCIATED_TOKEN, SYSTEM, TOKEN, TOKEN_2022};

/// Bytes of a mint without extensions.
pub const MINT_LEN: usize = 82;
/// Bytes of a token account without extensions.
pub const ACCOUNT_LEN: usize = 165;
/// Where Token-2022 writes whether an extended account is a mint or not.
const KIND: usize = 165;
const KIND_MINT: u8 = 1;
const KIND_ACCOUNT: u8 = 2;
/// Token-2022 extension types, from `ExtensionType` of the program.
const TRANSFER_FEE_CONFIG: u16 = 1;
const TRANSFER_FEE_AMOUNT: u16 = 2;

/// A mint and the program that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mint {
    /// Its address.
    pub address: Pubkey,
    /// [`TOKEN`] or [`TOKEN_2022`].
    pub program: Pubkey,
    /// Digits after the point.
    pub decimals: u8,
    /// Transfer fee in basis points, on Token-2022 only.
    pub fee_bps: Option<u16>,
}

/// Lamports that exempt `bytes` of data from rent.
pub const fn rent(bytes: usize) -> u64 {
    (128 + bytes as u64) * 6_960
}

fn owned(program: Pubkey, data: Vec<u8>) -> Account {
    Account { lamports: rent(data.len()), data, owner: program, executable: false, rent_epoch: u64::MAX }
}

fn tlv(data: &mut Vec<u8>, kind: u16, value: &[u8]) {
    data.extend(kind.to_le_bytes());
    data.extend((value.len() as u16).to_le_bytes());
    data.extend(value);
}

impl Mint {
    /// The mint's account.
    pub fn account(&self, supply: u64, authority: &Pubkey) -> Account {
        let mut data = Vec::with_capacity(MINT_LEN);
        data.extend(1_u32.to_le_bytes());
        data.extend(authority.as_array());
        data.extend(supply.to_le_bytes());
        data.push(self.decimals);
        data.push(1);
        data.extend(1_u32.to_le_bytes());
        data.extend(authority.as_array());
        if let Some(bps) = self.fee_bps {
            data.resize(KIND, 0);
            data.push(KIND_MINT);
            let epoch_fee = |epoch: u64| {
                let bytes = [&epoch.to_le_bytes()[..], &u64::MAX.to_le_bytes(), &bps.to_le_bytes()];
                bytes.concat()
            };
            let config = [authority.as_ref(), authority.as_ref(), &[0; 8], &epoch_fee(0), &epoch_fee(0)];
            tlv(&mut data, TRANSFER_FEE_CONFIG, &config.concat());
        }
        owned(self.program, data)
    }

    /// A token account of this mint.
    pub fn holding(&self, owner: &Pubkey, amount: u64) -> Account {
        let mut data = Vec::with_capacity(ACCOUNT_LEN);
        data.extend(self.address.as_array());
        data.extend(owner.as_array());
        data.extend(amount.to_le_bytes());
        data.extend([0; 36]);
        data.push(1);
        data.resize(ACCOUNT_LEN, 0);
        if self.fee_bps.is_some() {
            data.push(KIND_ACCOUNT);
            tlv(&mut data, TRANSFER_FEE_AMOUNT, &[0; 8]);
        }
        owned(self.program, data)
    }

    /// The associated token account of `owner`.
    pub fn ata(&self, owner: &Pubkey) -> Pubkey {
        let seeds = [owner.as_ref(), self.program.as_ref(), self.address.as_ref()];
        Pubkey::find_program_address(&seeds, &ASSOCIATED_TOKEN).0
    }

    /// Creates the associated token account of `owner` unless it exists.
    pub fn create_ata(&self, payer: &Pubkey, owner: &Pubkey) -> Instruction {
        let accounts = vec![
            AccountMeta::new(*payer, true),
            AccountMeta::new(self.ata(owner), false),
            AccountMeta::new_readonly(*owner, false),
            AccountMeta::new_readonly(self.address, false),
            AccountMeta::new_readonly(SYSTEM, false),
            AccountMeta::new_readonly(self.program, false),
        ];
        Instruction { program_id: ASSOCIATED_TOKEN, accounts, data: vec![1] }
    }

    /// `TransferChecked` of `amount` between two token accounts of this mint.
    pub fn transfer(&self, from: &Pubkey, to: &Pubkey, owner: &Pubkey, amount: u64) -> Instruction {
        let accounts = vec![
            AccountMeta::new(*from, false),
            AccountMeta::new_readonly(self.address, false),
            AccountMeta::new(*to, false),
            AccountMeta::new_readonly(*owner, true),
        ];
        let data = [&[12][..], &amount.to_le_bytes(), &[self.decimals]].concat();
        Instruction { program_id: self.program, accounts, data }
    }
}

/// What a token account says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The mint.
    pub mint: Pubkey,
    /// Who may move the tokens.
    pub owner: Pubkey,
    /// Minor units.
    pub amount: u64,
    /// Whether the freeze authority froze it.
    pub frozen: bool,
}

impl Holding {
    /// The token account in `account`, if it is an initialised one.
    pub fn parse(owner: &Pubkey, data: &[u8]) -> Option<Self> {
        let extended = data.len() > KIND && data[KIND] == KIND_ACCOUNT;
        let fits = (*owner == TOKEN && data.len() == ACCOUNT_LEN)
            || (*owner == TOKEN_2022 && (data.len() == ACCOUNT_LEN || extended));
        if !fits || data[108] == 0 {
            return None;
        }
        Some(Self {
            mint: Pubkey::try_from(&data[..32]).ok()?,
            owner: Pubkey::try_from(&data[32..64]).ok()?,
            amount: u64::from_le_bytes(data[64..72].try_into().ok()?),
            frozen: data[108] == 2,
        })
    }

    /// The same token account with another balance.
    pub fn with_amount(mut account: Account, amount: u64) -> Account {
        account.data[64..72].copy_from_slice(&amount.to_le_bytes());
        account
    }
}

/// The supply that a mint states.
pub fn supply(mint: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(mint.get(36..44)?.try_into().ok()?))
}

/// The same mint with another supply.
pub fn with_supply(mut mint: Account, supply: u64) -> Account {
    mint.data[36..44].copy_from_slice(&supply.to_le_bytes());
    mint
}

/// The same token account, frozen or not.
pub fn with_frozen(mut account: Account, frozen: bool) -> Account {
    account.data[108] = if frozen { 2 } else { 1 };
    account
}

/// The same mint of Token-2022 with another transfer fee, from now on.
pub fn with_fee(mut mint: Account, bps: u16) -> Account {
    // Kind, extension header, two authorities, withheld amount; then twice
    // epoch, maximum and basis points.
    let first = KIND + 1 + 4 + 72;
    for at in [first + 16, first + 34] {
        mint.data[at..at + 2].copy_from_slice(&bps.to_le_bytes());
    }
    mint
}

/// The SPL Token instruction `Transfer` of `amount`, as programs call it.
pub fn transfer(from: &Pubkey, to: &Pubkey, authority: &Pubkey, amount: u64) -> Instruction {
    let accounts = vec![
        AccountMeta::new(*from, false),
        AccountMeta::new(*to, false),
        AccountMeta::new_readonly(*authority, true),
    ];
    Instruction { program_id: TOKEN, accounts, data: [&[3][..], &amount.to_le_bytes()].concat() }
}

/// The SPL Token instruction `Burn` of `amount`.
pub fn burn(from: &Pubkey, mint: &Pubkey, authority: &Pubkey, amount: u64) -> Instruction {
    let accounts = vec![
        AccountMeta::new(*from, false),
        AccountMeta::new(*mint, false),
        AccountMeta::new_readonly(*authority, true),
    ];
    Instruction { program_id: TOKEN, accounts, data: [&[8][..], &amount.to_le_bytes()].concat() }
}
