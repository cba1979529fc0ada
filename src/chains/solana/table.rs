//! Address lookup tables.

use solana_address::Address;
use solana_address_lookup_table_interface::program;
use solana_address_lookup_table_interface::state::{AddressLookupTable, LOOKUP_TABLE_MAX_ADDRESSES};
use solana_message::AddressLookupTableAccount;

use crate::chains::solana::Account;

/// A lookup table's addresses. An address in a table never changes; tables only grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The table's own address.
    pub address: Address,
    /// What it holds, in order.
    pub addresses: Vec<Address>,
}

/// Why an account is no usable lookup table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Nothing is there.
    #[error("the lookup table {0} does not exist; correct it in the configuration or create one")]
    Missing(Address),
    /// Something else is there.
    #[error("{0} is not a lookup table; correct it in the configuration")]
    NoTable(Address),
    /// It is being taken out of service.
    #[error("the lookup table {0} is being deactivated; no transaction can use it, name another one")]
    Deactivated(Address),
}

impl Table {
    /// Reads the table at `address` as of `slot`. Addresses appended in that very slot are left out:
    /// a transaction cannot use them yet.
    ///
    /// # Errors
    /// [`TableError`] when it is not a table in service.
    pub fn decode(address: Address, account: Option<&Account>, slot: u64) -> Result<Self, TableError> {
        let account = account.ok_or(TableError::Missing(address))?;
        if account.owner != program::ID {
            return Err(TableError::NoTable(address));
        }
        let table =
            AddressLookupTable::deserialize(&account.data).map_err(|_| TableError::NoTable(address))?;
        if table.addresses.len() > LOOKUP_TABLE_MAX_ADDRESSES {
            return Err(TableError::NoTable(address));
        }
        if table.meta.deactivation_slot != u64::MAX {
            return Err(TableError::Deactivated(address));
        }
        let active = if slot > table.meta.last_extended_slot {
            table.addresses.len()
        } else {
            usize::from(table.meta.last_extended_slot_start_index)
        };
        Ok(Self { address, addresses: table.addresses.iter().take(active).copied().collect() })
    }

    pub(crate) fn for_message(&self) -> AddressLookupTableAccount {
        AddressLookupTableAccount { key: self.address, addresses: self.addresses.clone() }
    }
}
