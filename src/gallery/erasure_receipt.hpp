#pragma once

#include <string>

#include "gallery/parts.hpp"
#include "morgiana/erasure_receipt.hpp"

namespace morgiana {

/// Of one state. Errors: not_found (the commit revoked nobody); not_authentic.
ErasureReceipt erasure_receipt(const Parts& parts, const store::Snapshot& snapshot,
                               std::uint64_t commit);

/// The public key that receipts are signed with, a JSON Web Key (RFC 8037).
std::string receipt_key(const Parts& parts);

}  // namespace morgiana
