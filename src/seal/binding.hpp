#pragma once

#include <cstdint>
#include <initializer_list>

#include "morgiana/types.hpp"
#include "seal/transcript.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// What makes a sealed record belong to one gallery.
struct GalleryIdentity {
  std::uint32_t format_version;
  Uuid uuid;
  ModelId model;
};

/// Associated data of many records of one kind and one gallery: what these share is written once.
class Binding {
 public:
  /// `with(subject key, number)` is reference_binding().
  static Binding of_references(const GalleryIdentity& gallery);
  /// `with(subject key, slot, wrapping key id)` is subject_key_binding().
  static Binding of_subject_keys(const GalleryIdentity& gallery);

  /// Valid until the next call.
  ByteView with(std::initializer_list<std::uint64_t> fields);

 private:
  explicit Binding(Transcript shared);

  Transcript transcript_;
  std::size_t num_shared_bytes_;
};

/// Associated data of a reference: format version, gallery, model, dim, subject, number.
Bytes reference_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                        std::uint32_t number);

/// Associated data of a wrapped subject key: format version, gallery, subject, slot, wrapping key.
/// The model is not part of it, so that rotation rewraps 60 bytes a subject and nothing more.
Bytes subject_key_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                          std::uint64_t slot, std::uint32_t wrapping_key_id);

}  // namespace morgiana::seal
