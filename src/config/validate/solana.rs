//! Rules of Solana: endpoints, key, tokens, CCTP.

use std::collections::BTreeMap;

use solana_address::Address;

use super::Check;
use super::jupiter::jupiter;
use crate::config::path::KeyPath;
use crate::config::solana::{CHAIN, TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use crate::config::{Mode, SecretRef, SolanaConfig};
use crate::domain::amount::parse_fixed;

/// Decimals of the native coin.
const NATIVE_DECIMALS: u32 = 9;
/// Endpoints without which no transaction is ever called dead.
const WITNESSES: usize = 2;

pub(super) fn check(check: &mut Check<'_>) {
    let config = check.config;
    let Some(solana) = &config.solana else { return };
    let path = KeyPath::dotted(CHAIN);
    let taken = config.chains.contains_key(CHAIN);
    let message = "an EVM chain cannot have this name: it is that of the [solana] table";
    check.refuse_if(taken, &KeyPath::dotted("chains").key(CHAIN), message);
    endpoints(check, &path, solana);
    tokens(check, &path.key("tokens"), solana);
    if let Some(cctp) = &solana.cctp {
        let path = path.key("cctp");
        let same = config
            .chains
            .values()
            .any(|chain| chain.cctp.as_ref().is_some_and(|contracts| contracts.domain == cctp.domain));
        check.refuse_if(same, &path.key("domain"), "the same CCTP domain as a chain under [chains]");
        for (key, address) in [
            ("message_transmitter", cctp.message_transmitter),
            ("token_messenger_minter", cctp.token_messenger_minter),
            ("lookup_table", cctp.lookup_table),
        ] {
            present(check, &path.key(key), address);
        }
    }
    if let Some(settings) = &solana.jupiter {
        jupiter(check, &path.key("jupiter"), settings);
    }
    for (index, owner) in config.policy.solana_recipients.iter().enumerate() {
        let path = KeyPath::dotted("policy").key("solana_recipients").index(index);
        let message = "no key can sign for this address: name the owner, not its token account";
        check.refuse_if(!owner.is_on_curve(), &path, message);
    }
}

fn endpoints(check: &mut Check<'_>, path: &KeyPath, solana: &SolanaConfig) {
    check.refuse_if(solana.rpc.is_empty(), &path.key("rpc"), "at least one endpoint is needed");
    let wrong = solana.quorum == 0 || solana.quorum > solana.rpc.len().max(1);
    check.refuse_if(wrong, &path.key("quorum"), "expected at least 1 and at most the number of endpoints");
    let few = check.config.mode == Mode::Live && solana.rpc.len() < WITNESSES;
    let message = "live needs two endpoints: one alone never proves that a transaction is dead";
    check.refuse_if(few, &path.key("rpc"), message);
    for (index, url) in solana.rpc.iter().enumerate() {
        let path = path.key("rpc").index(index);
        check.url(&path, url);
        let earlier = solana.rpc.get(..index).unwrap_or_default();
        check.refuse_if(earlier.contains(url), &path, "the same endpoint twice");
    }
    check.refuse_if(solana.timeout_ms == 0, &path.key("timeout_ms"), "expected at least 1");
    let old = solana.max_clock_age_seconds == 0;
    check.refuse_if(old, &path.key("max_clock_age_seconds"), "expected at least 1");
    let named = match &solana.keypair {
        SecretRef::Env(name) => !name.is_empty(),
        SecretRef::File(path) => !path.as_os_str().is_empty(),
    };
    check.refuse_if(!named, &path.key("keypair"), "expected the name of a variable or the path of a file");
    let wrong = solana.fees.percentile > 100;
    check.refuse_if(wrong, &path.key("fees").key("percentile"), "expected at most 100");
    let readable =
        solana.min_native.as_deref().is_none_or(|text| parse_fixed(text, NATIVE_DECIMALS).is_some());
    let message = "expected a decimal number in quotes, such as \"0.05\"";
    check.refuse_if(!readable, &path.key("min_native"), message);
    let priced = check.config.assets.contains_key(&solana.native);
    let message = "the native coin has no table under [assets]; fees need its price";
    check.refuse_if(!priced, &path.key("native"), message);
    let token = solana.tokens.contains_key(&solana.native);
    let message = "the native coin must not also be a token of the chain";
    check.refuse_if(token, &path.key("native"), message);
}

fn tokens(check: &mut Check<'_>, path: &KeyPath, solana: &SolanaConfig) {
    let mut seen: BTreeMap<Address, &str> = BTreeMap::new();
    for (symbol, token) in &solana.tokens {
        let path = path.key(symbol);
        present(check, &path.key("mint"), token.mint);
        if let Some(other) = seen.insert(token.mint, symbol) {
            check.refuse(&path.key("mint"), format!("the same mint as `{other}`; a mint is one asset"));
        }
        let known = check.config.assets.contains_key(symbol);
        check.refuse_if(!known, &path, "the asset has no table under [assets], so it has no price");
        let program = token.program == TOKEN_PROGRAM || token.program == TOKEN_2022_PROGRAM;
        check.refuse_if(!program, &path.key("program"), "expected the SPL Token or the Token-2022 program");
        let plain = token.program == TOKEN_PROGRAM && !token.extensions.is_empty();
        check.refuse_if(plain, &path.key("extensions"), "mints of the SPL Token program have no extensions");
        check.refuse_if(token.decimals > 18, &path.key("decimals"), "expected at most 18");
    }
}

fn present(check: &mut Check<'_>, path: &KeyPath, address: Address) {
    check.refuse_if(address == Address::default(), path, "this address is the System program's");
}
