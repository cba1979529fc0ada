//! CCTP messages: what is read is written back byte for byte, and only its own burn is attested.
#![no_main]

use libfuzzer_sys::fuzz_target;
use purser::bridges::cctp::message::Message;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = Message::decode(data) else { return };
    assert_eq!(message.encode().as_ref(), data);
    assert!(message.same_burn(&message).is_ok());
    if message.attests(&message).is_ok() {
        let arrives = message.arrives().expect("an attested fee is below the amount");
        assert!(arrives > 0 && arrives <= message.amount);
    }
    let _ = message.is_expired_at(u64::MAX);
});
