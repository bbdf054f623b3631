#pragma once

#include <cstdint>

namespace morgiana {

/// A reference is named by one integer, so that a subject's references are neighbours. Numbers of a
/// subject begin at 0 and are given out without gaps.
inline constexpr int kReferenceNumberBits = 20;
inline constexpr std::uint64_t kMaxReferencesPerSubject = std::uint64_t{1} << kReferenceNumberBits;
inline constexpr std::uint64_t kMaxSubjectKey = (std::uint64_t{1} << 43) - 1;

inline constexpr std::uint32_t kMaxReferenceNumber =
    static_cast<std::uint32_t>(kMaxReferencesPerSubject - 1);

constexpr std::uint64_t reference_key(std::uint64_t subject_key, std::uint32_t number) {
  return subject_key << kReferenceNumberBits | number;
}
constexpr std::uint64_t subject_key_of(std::uint64_t reference) {
  return reference >> kReferenceNumberBits;
}
constexpr std::uint32_t number_of(std::uint64_t reference) {
  return static_cast<std::uint32_t>(reference & (kMaxReferencesPerSubject - 1));
}
/// Each subject has one.
constexpr bool is_first_reference(std::uint64_t reference) {
  return number_of(reference) == 0;
}

}  // namespace morgiana
