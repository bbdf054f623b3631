#pragma once

#include <string>
#include <vector>

#include "seal/token_module.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

// PKCS #11 has no const: what an attribute points to must outlive it, and be writable.
template <class Value>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, Value& value) {
  return {type, &value, sizeof value};
}
inline CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, std::string& text) {
  return {type, text.data(), text.size()};
}
inline CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, Bytes& bytes) {
  return {type, bytes.data(), bytes.size()};
}

/// All objects of a token that have these attributes. Errors: token_failed, saying what was looked
/// for.
std::vector<CK_OBJECT_HANDLE> find_objects(const TokenSession& session,
                                           std::vector<CK_ATTRIBUTE> wanted,
                                           const std::string& looking);

}  // namespace morgiana::seal
