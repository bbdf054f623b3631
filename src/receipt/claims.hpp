#pragma once

#include <cstdint>
#include <string>

#include "morgiana/receipt.hpp"
#include "types/bytes.hpp"

namespace morgiana::receipt {

/// The JSON that is signed, in the order of names. Inner: trusts what it is given.
std::string encode(const ReceiptClaims& claims);

/// Of a payload whose signature was checked. Errors: not_authentic.
ReceiptClaims decode_claims(ByteView payload);

/// What a checkpoint of a log says: how many receipts stand before it, and the line before it.
struct Checkpoint {
  std::string log;
  std::string issuer;
  std::uint64_t num_receipts = 0;
  std::string previous_sha256;
  std::int64_t issued_at_s = 0;
};

std::string encode(const Checkpoint& checkpoint);
/// Errors: not_authentic.
Checkpoint decode_checkpoint(ByteView payload);

/// A new one: 128 random bits in base64url.
std::string random_id();

}  // namespace morgiana::receipt
