#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "seal/signature.hpp"

namespace morgiana::seal {

/// A compact JSON Web Signature (RFC 7515) with Ed25519 of two JSON texts as they are.
std::string sign_compact(const SigningKey& key, std::string_view header, std::string_view payload);

/// One cut at its dots: nothing of it is decoded, and nothing believed. Views of the text.
struct CompactJws {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload
};

/// None where it has not two dots.
std::optional<CompactJws> split_compact(std::string_view jws);

/// A public key as a JSON Web Key (RFC 8037) of the members that its thumbprint covers, in order.
std::string public_jwk(const PublicKey& key);

/// RFC 7638, SHA-256, in base64url: 43 characters.
std::string thumbprint(const PublicKey& key);

}  // namespace morgiana::seal
