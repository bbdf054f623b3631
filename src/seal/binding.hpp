#pragma once

#include <cstdint>

#include "morgiana/types.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

/// What makes a sealed record belong to one gallery.
struct GalleryIdentity {
  std::uint32_t format_version;
  Uuid uuid;
  ModelId model;
};

/// Associated data of a reference: format version, gallery, model, dim, subject, number.
Bytes reference_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                        std::uint32_t number);

/// Associated data of a wrapped subject key: format version, gallery, subject, slot, wrapping key.
/// The model is not part of it, so that rotation rewraps 60 bytes a subject and nothing more.
Bytes subject_key_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                          std::uint64_t slot, std::uint32_t wrapping_key_id);

}  // namespace morgiana::seal
