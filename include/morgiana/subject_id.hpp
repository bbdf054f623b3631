#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "morgiana/error.hpp"

namespace morgiana {

/// The caller's name for an enrolled person: 1 to 256 bytes of UTF-8 without control characters.
/// Stored authenticated but readable: use a pseudonym, not a name.
/// Errors: invalid_argument.
class SubjectId {
 public:
  static constexpr std::size_t kMaxBytes = 256;

  SubjectId(std::string text) : text_(std::move(text)) { validate(); }
  SubjectId(std::string_view text) : SubjectId(std::string(text)) {}
  SubjectId(const char* text) : SubjectId(std::string(text)) {}

  const std::string& str() const noexcept { return text_; }

  /// Byte order, the same on every machine and locale.
  friend auto operator<=>(const SubjectId&, const SubjectId&) = default;

 private:
  void validate() const;
  static std::size_t sequence_length(std::string_view rest) noexcept;

  std::string text_;
};

/// Length of the well-formed UTF-8 sequence that `rest` begins with, 0 where it is malformed
/// (overlong, surrogate, cut, beyond U+10FFFF) or a control character.
inline std::size_t SubjectId::sequence_length(std::string_view rest) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || rest.size() < length) return 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (lead == 0xC2) low = 0xA0;  // U+0080 to U+009F are control characters
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

inline void SubjectId::validate() const {
  if (text_.empty() || text_.size() > kMaxBytes) {
    throw Error(Errc::invalid_argument,
                "a subject id has 1 to 256 bytes, this one has " + std::to_string(text_.size()));
  }
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t length = sequence_length(std::string_view(text_).substr(at));
    if (length == 0) {
      throw Error(Errc::invalid_argument,
                  "a subject id is UTF-8 without control characters; byte " + std::to_string(at) +
                      " of this one is neither");
    }
    at += length;
  }
}

}  // namespace morgiana
