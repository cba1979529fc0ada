//! The bytes of a message and of a burn: big-endian, at fixed offsets.

use solana_pubkey::Pubkey;

/// Where the body of a message begins.
pub const BODY: usize = 148;
/// Where the hook data of a burn begins, within the body.
pub const HOOK: usize = 228;
const NONCE: usize = 12;

/// A message with its header.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a>(&'a [u8]);

/// The body of a burn.
#[derive(Debug, Clone, Copy)]
pub struct Burn<'a>(&'a [u8]);

fn word(bytes: &[u8], at: usize) -> [u8; 32] {
    std::array::from_fn(|index| bytes[at + index])
}

fn short(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(std::array::from_fn(|index| bytes[at + index]))
}

/// The number in a word, if it fits 64 bits.
fn number(bytes: &[u8], at: usize) -> Option<u64> {
    let word = word(bytes, at);
    let (zeros, low) = word.split_at(24);
    zeros.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(std::array::from_fn(|index| low[index])))
}

impl<'a> Message<'a> {
    /// The message in these bytes, if they hold a header.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= BODY).then_some(Self(bytes))
    }

    /// All bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Format version.
    pub fn version(&self) -> u32 {
        short(self.0, 0)
    }

    /// Where it was sent.
    pub fn source_domain(&self) -> u32 {
        short(self.0, 4)
    }

    /// Where it is to be received.
    pub fn destination_domain(&self) -> u32 {
        short(self.0, 8)
    }

    /// Zero until it is attested.
    pub fn nonce(&self) -> [u8; 32] {
        word(self.0, NONCE)
    }

    /// The sending program.
    pub fn sender(&self) -> Pubkey {
        word(self.0, 44).into()
    }

    /// The receiving program.
    pub fn recipient(&self) -> Pubkey {
        word(self.0, 76).into()
    }

    /// Who must receive it; zero for anybody.
    pub fn destination_caller(&self) -> Pubkey {
        word(self.0, 108).into()
    }

    /// Zero until it is attested.
    pub fn finality_threshold_executed(&self) -> u32 {
        short(self.0, 144)
    }

    /// What the receiving program gets.
    pub fn body(&self) -> &'a [u8] {
        &self.0[BODY..]
    }

    /// What the source chain wrote, without what the attesters fill in.
    pub fn source_fields(&self) -> (&'a [u8], &'a [u8], usize) {
        (&self.0[..NONCE], &self.0[44..144], self.0.len())
    }
}

/// A message as the source chain writes it.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Format version.
    pub version: u32,
    /// This domain.
    pub source_domain: u32,
    /// The other domain.
    pub destination_domain: u32,
    /// The sending program.
    pub sender: Pubkey,
    /// The receiving contract.
    pub recipient: Pubkey,
    /// Who must receive it; zero for anybody.
    pub destination_caller: Pubkey,
    /// The least finality asked for.
    pub min_finality_threshold: u32,
    /// What the receiving contract gets.
    pub body: &'a [u8],
}

impl Draft<'_> {
    /// The bytes; nonce and executed threshold are zero.
    pub fn bytes(&self) -> Vec<u8> {
        [
            &self.version.to_be_bytes()[..],
            &self.source_domain.to_be_bytes(),
            &self.destination_domain.to_be_bytes(),
            &[0; 32],
            self.sender.as_ref(),
            self.recipient.as_ref(),
            self.destination_caller.as_ref(),
            &self.min_finality_threshold.to_be_bytes(),
            &[0; 4],
            self.body,
        ]
        .concat()
    }
}

impl<'a> Burn<'a> {
    /// The burn in a message's body, if it is long enough.
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        (body.len() >= HOOK).then_some(Self(body))
    }

    /// Format version.
    pub fn version(&self) -> u32 {
        short(self.0, 0)
    }

    /// The token of the source chain.
    pub fn burn_token(&self) -> [u8; 32] {
        word(self.0, 4)
    }

    /// The account that gets the tokens.
    pub fn mint_recipient(&self) -> Pubkey {
        word(self.0, 36).into()
    }

    /// Minor units burned; `None` if they do not fit 64 bits, as below.
    pub fn amount(&self) -> Option<u64> {
        number(self.0, 68)
    }

    /// Who burned.
    pub fn message_sender(&self) -> [u8; 32] {
        word(self.0, 100)
    }

    /// The most the attesters may take.
    pub fn max_fee(&self) -> Option<u64> {
        number(self.0, 132)
    }

    /// What they took.
    pub fn fee_executed(&self) -> Option<u64> {
        number(self.0, 164)
    }

    /// The slot from which it cannot be received any more; zero for never.
    pub fn expiration_block(&self) -> Option<u64> {
        number(self.0, 196)
    }

    /// The body of a burn on this chain; fee and expiration are zero.
    pub fn draft(
        token: &Pubkey,
        recipient: &Pubkey,
        amount: u64,
        sender: &Pubkey,
        max_fee: u64,
        hook: &[u8],
    ) -> Vec<u8> {
        let padded = |number: u64| [&[0; 24][..], &number.to_be_bytes()].concat();
        let (amount, max_fee) = (padded(amount), padded(max_fee));
        let version = &1_u32.to_be_bytes()[..];
        let parts =
            [version, token.as_ref(), recipient.as_ref(), &amount, sender.as_ref(), &max_fee, &[0; 64], hook];
        parts.concat()
    }
}
