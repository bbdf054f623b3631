#include "seal/binding.hpp"

#include <utility>

#include "seal/transcript.hpp"

namespace morgiana::seal {

Bytes reference_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                        std::uint32_t number) {
  Transcript transcript("morgiana/reference");
  transcript.add(std::uint64_t{gallery.format_version})
      .add(ByteView(gallery.uuid))
      .add(gallery.model.name)
      .add(std::uint64_t{gallery.model.dim})
      .add(subject_key)
      .add(std::uint64_t{number});
  return std::move(transcript).take();
}

Bytes subject_key_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                          std::uint64_t slot, std::uint32_t wrapping_key_id) {
  Transcript transcript("morgiana/subject-key");
  transcript.add(std::uint64_t{gallery.format_version})
      .add(ByteView(gallery.uuid))
      .add(subject_key)
      .add(slot)
      .add(std::uint64_t{wrapping_key_id});
  return std::move(transcript).take();
}

}  // namespace morgiana::seal
