#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "types/bytes.hpp"

namespace morgiana::seal {

/// Without padding (RFC 4648, section 5).
std::string base64url(ByteView bytes);
std::string base64url(std::string_view text);

/// The bytes of which base64url() makes this text; none where it makes another text or none:
/// padding, other characters, a length that cannot be, bits behind the end that are not zero.
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace morgiana::seal
