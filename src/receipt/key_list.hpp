#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "morgiana/receipt.hpp"
#include "seal/jws.hpp"
#include "types/bytes.hpp"

namespace morgiana::receipt {

/// What is signed; a token of one kind is never taken for another.
enum class Kind { receipt, checkpoint };

/// The protected header of a token of ours.
std::string header(Kind kind, std::string_view key_id);

/// What a signature that was checked covers.
struct Authentic {
  Kind kind;
  std::string_view issuer;  // whose key it is, of the list
  Bytes payload;
};

/// Keys that are trusted, by their ids.
class KeyList {
 public:
  /// Errors: invalid_argument (none, one twice, no public key of Ed25519).
  explicit KeyList(const std::vector<TrustedKey>& keys);

  /// Reads the header of a compact JWS, which must be one of ours, and checks the signature.
  /// Errors: not_authentic.
  Authentic authenticate(std::string_view jws) const;

 private:
  struct Named {
    std::string id;
    std::string issuer;
    seal::PublicKey key;
  };
  const Named* find(std::string_view id) const;
  static Named read(const TrustedKey& given);

  std::vector<Named> keys_;
};

}  // namespace morgiana::receipt
