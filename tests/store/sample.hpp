#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace morgiana::test {

inline store::GalleryRow sample_gallery() {
  store::GalleryRow gallery{{}, "sface-2021dec", 128, 1700000000};
  for (std::size_t i = 0; i < gallery.uuid.size(); ++i) {
    gallery.uuid[i] = static_cast<std::uint8_t>(0xA0 + i);
  }
  return gallery;
}

/// Bytes that look random and that no other seed gives.
inline Bytes noise(std::uint64_t seed, std::size_t num_bytes) {
  Bytes bytes(num_bytes);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15 + 1;
  for (std::uint8_t& byte : bytes) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<std::uint8_t>(state >> 56);
  }
  return bytes;
}

inline constexpr std::size_t kSealedBytes = 540;  // of a 128-dimensional reference

inline Bytes sealed(std::uint64_t subject_key, std::uint32_t number) {
  return noise(reference_key(subject_key, number), kSealedBytes);
}

using SlotContent = std::array<std::uint8_t, store::kSlotBytes>;

inline SlotContent slot_content(std::uint64_t seed) {
  const Bytes bytes = noise(seed + (std::uint64_t{1} << 62), store::kSlotBytes);
  SlotContent content;
  std::copy(bytes.begin(), bytes.end(), content.begin());
  return content;
}

/// Subject n lies in slot n.
inline store::SubjectRow subject(std::uint64_t subject_key) {
  return {.subject_key = subject_key,
          .id = "E-" + std::to_string(subject_key),
          .generation = 1,
          .cohorts = ~std::uint64_t{0} - subject_key,
          .enrolled_at_s = 1700000000 + static_cast<std::int64_t>(subject_key),
          .slot = subject_key,
          .tag = {static_cast<std::uint8_t>(subject_key), 0xEE}};
}

inline void append_slot_row(store::Transaction& transaction) {
  const Bytes free = noise(1, store::kSlotRowBytes);
  transaction.append_slot_row(std::span(free).first<store::kSlotRowBytes>());
}

/// What one enrolment writes; its slot row must exist.
inline void add_subject(store::Transaction& transaction, std::uint64_t subject_key,
                        std::uint32_t num_references) {
  transaction.insert_subject(subject(subject_key));
  transaction.write_slot(subject_key, slot_content(subject_key));
  for (std::uint32_t number = 0; number < num_references; ++number) {
    transaction.insert_reference(reference_key(subject_key, number), sealed(subject_key, number));
  }
}

inline std::vector<std::uint64_t> subject_keys(const store::Snapshot& snapshot) {
  std::vector<std::uint64_t> keys;
  snapshot.for_each_record(
      0, kMaxSubjectKey, [&](const store::SubjectRow& row) { keys.push_back(row.subject_key); },
      [](std::uint64_t, ByteView) {});
  return keys;
}

inline std::vector<std::uint64_t> references(const store::Snapshot& snapshot,
                                             std::uint64_t first = 0,
                                             std::uint64_t last = ~std::uint64_t{0} >> 1) {
  std::vector<std::uint64_t> keys;
  snapshot.for_each_reference(first, last,
                              [&](std::uint64_t key, ByteView) { keys.push_back(key); });
  return keys;
}

/// Whether the subject is there as add_subject wrote it, to the last byte.
inline bool is_whole(const store::Snapshot& snapshot, std::uint64_t subject_key,
                     std::uint32_t num_references) {
  const auto row = snapshot.subject(subject_key);
  const store::SubjectRow expected = subject(subject_key);
  if (!row || row->id != expected.id || row->generation != expected.generation ||
      row->cohorts != expected.cohorts || row->enrolled_at_s != expected.enrolled_at_s ||
      row->slot != expected.slot || row->tag != expected.tag) {
    return false;
  }
  SlotContent slot;
  snapshot.slot(subject_key, slot);
  Bytes stored(kSealedBytes);
  for (std::uint32_t number = 0; number < num_references; ++number) {
    const std::uint64_t key = reference_key(subject_key, number);
    if (!snapshot.reference(key, stored) || stored != sealed(subject_key, number)) return false;
  }
  const auto all = references(snapshot, reference_key(subject_key, 0),
                              reference_key(subject_key, kMaxReferenceNumber));
  return slot == slot_content(subject_key) && all.size() == num_references;
}

}  // namespace morgiana::test
