#pragma once

#include <string>

#include "seal/secret_key.hpp"

namespace morgiana {

/// Key file: "morgiana key v1\n" (16 bytes) ‖ 32 key bytes.
/// Errors: not_found; bad_key_file (not one of ours, or group or others have access to it).
seal::SecretKey read_key_file(const std::string& path);

}  // namespace morgiana
