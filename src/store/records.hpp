#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "types/bytes.hpp"
#include "types/reference_key.hpp"

namespace morgiana::store {

inline constexpr std::uint32_t kFormatVersion = 1;

/// Key slots live in fixed, preallocated rows that are overwritten in place and never move.
inline constexpr std::size_t kSlotBytes = 64;
inline constexpr std::uint64_t kSlotsPerRow = 128;
inline constexpr std::size_t kSlotRowBytes = kSlotBytes * kSlotsPerRow;

struct GalleryRow {
  Uuid uuid;
  std::string model_name;
  std::uint32_t dim;
  std::int64_t created_at_s;  // Unix time
};

/// A key slot and whose it is, as far as its row says.
struct OwnedSlot {
  std::uint64_t subject_key;
  std::uint64_t slot;
};

/// Who was taken out, and when.
struct ErasureRow {
  std::uint64_t subject_key;
  std::int64_t revoked_at_s;
  std::optional<std::int64_t> erased_at_s;  // none while it is pending
};

struct SubjectRow {
  std::uint64_t subject_key;  // never used again after removal
  std::string id;
  std::uint64_t generation;
  std::uint64_t cohorts;
  std::int64_t enrolled_at_s;
  std::uint64_t slot;
  std::array<std::uint8_t, 32> tag;  // authenticates this row; a blob of 32 bytes to the store
};

}  // namespace morgiana::store
