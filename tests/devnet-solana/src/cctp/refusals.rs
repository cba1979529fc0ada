//! The errors of the two programs, with their numbers and words. In the token
//! messenger two lists share the same numbers.

crate::refusals! {
    PAUSED = 6001 "ProgramPaused" "Instruction is not allowed at this time";
    BODY_LIMIT_EXCEEDED = 6013 "MessageBodyLimitExceeded" "Message body exceeds max size";
    INVALID_DESTINATION_CALLER = 6014 "InvalidDestinationCaller" "Invalid destination caller";
    INVALID_RECIPIENT = 6015 "InvalidRecipient" "Invalid message recipient";
    INVALID_SOURCE_DOMAIN = 6017 "InvalidSourceDomain" "Invalid source domain";
    INVALID_DESTINATION_DOMAIN = 6018 "InvalidDestinationDomain" "Invalid destination domain";
    INVALID_MESSAGE_VERSION = 6019 "InvalidMessageVersion" "Invalid message version";
    INVALID_RECIPIENT_PROGRAM = 6021 "InvalidRecipientProgram" "Invalid recipient program";
    MALFORMED_MESSAGE = 6025 "MalformedMessage" "Malformed message";
    INVALID_SIGNATURE_ORDER = 6026 "InvalidSignatureOrderOrDupe" "Invalid signature order or dupe";
    INVALID_ATTESTER_SIGNATURE = 6027 "InvalidAttesterSignature" "Invalid attester signature";
    INVALID_ATTESTATION_LENGTH = 6028 "InvalidAttestationLength" "Invalid attestation length";
    INVALID_RECOVERY_ID = 6029 "InvalidSignatureRecoveryId" "Invalid signature recovery ID";
    INVALID_S_VALUE = 6030 "InvalidSignatureSValue" "Invalid signature S value";
    INVALID_DESTINATION_MESSAGE = 6032 "InvalidDestinationMessage" "Invalid destination message";
    WINDOW_NOT_EXPIRED = 6033 "EventAccountWindowNotExpired" "Event account window not expired";
    DESTINATION_IS_LOCAL = 6034 "DestinationDomainIsLocalDomain" "Destination domain is local domain";
}

/// Errors of the messenger's half of `TokenMessengerMinterV2`.
pub mod messenger {
    crate::refusals! {
        INVALID_TOKEN_MESSENGER = 6002 "InvalidTokenMessenger" "Invalid token messenger";
        MALFORMED_MESSAGE = 6004 "MalformedMessage" "Malformed message";
        INVALID_BODY_VERSION = 6005 "InvalidMessageBodyVersion" "Invalid message body version";
        INVALID_AMOUNT = 6006 "InvalidAmount" "Invalid amount";
        INVALID_DESTINATION_DOMAIN = 6007 "InvalidDestinationDomain" "Invalid destination domain";
        INVALID_MINT_RECIPIENT = 6009 "InvalidMintRecipient" "Invalid mint recipient";
        INVALID_TOKEN_PAIR = 6011 "InvalidTokenPair" "Invalid token pair";
        INVALID_HOOK_DATA = 6013 "InvalidHookData" "Invalid hook data";
        FEE_EXCEEDS_AMOUNT = 6014 "FeeExceedsAmount" "Fee exceeds amount";
        FEE_EXCEEDS_MAX_FEE = 6015 "FeeExceedsMaxFee" "Fee exceeds the max fee";
        MESSAGE_EXPIRED = 6016 "MessageExpired" "Message has expired";
        UNSUPPORTED_FINALITY = 6017 "UnsupportedFinalityThreshold" "Unsupported finality threshold";
        DENYLISTED = 6021 "DenylistedAccount" "Account part of the Denylist";
        INSUFFICIENT_MAX_FEE = 6026 "InsufficientMaxFee" "Insufficient max fee";
        MAX_FEE_TOO_HIGH = 6027 "MaxFeeMustBeLessThanAmount" "Max fee must be less than amount";
    }
}

/// Errors of the minter's half of `TokenMessengerMinterV2`.
pub mod minter {
    crate::refusals! {
        PAUSED = 6002 "ProgramPaused" "Instruction is not allowed at this time";
        BURN_AMOUNT_EXCEEDED = 6007 "BurnAmountExceeded" "Burn amount exceeded";
    }
}
