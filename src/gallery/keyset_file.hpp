#pragma once

#include <string>

#include "morgiana/keys.hpp"
#include "seal/keyset.hpp"

namespace morgiana {

/// Errors: not_found; wrong_key; not_authentic; unsupported_format; those of the key source.
seal::Keyset read_keyset(const std::string& path, const KeySource& key);

/// Under a KEK that the source gives anew.
Bytes seal_keyset(const seal::Keyset& keyset, const KeySource& key);

}  // namespace morgiana
