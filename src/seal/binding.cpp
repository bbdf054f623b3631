#include "seal/binding.hpp"

#include <utility>

namespace morgiana::seal {

namespace {

Bytes bytes_of(ByteView view) {
  return {view.begin(), view.end()};
}

}  // namespace

Binding::Binding(Transcript shared)
    : transcript_(std::move(shared)), num_shared_bytes_(transcript_.view().size()) {}

ByteView Binding::with(std::initializer_list<std::uint64_t> fields) {
  transcript_.cut(num_shared_bytes_);
  for (const std::uint64_t field : fields) transcript_.add(field);
  return transcript_.view();
}

Binding Binding::of_references(const GalleryIdentity& gallery) {
  Transcript shared("morgiana/reference");
  shared.add(std::uint64_t{gallery.format_version})
      .add(ByteView(gallery.uuid))
      .add(gallery.model.name)
      .add(std::uint64_t{gallery.model.dim});
  return Binding(std::move(shared));
}

Binding Binding::of_subject_keys(const GalleryIdentity& gallery) {
  Transcript shared("morgiana/subject-key");
  shared.add(std::uint64_t{gallery.format_version}).add(ByteView(gallery.uuid));
  return Binding(std::move(shared));
}

Bytes reference_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                        std::uint32_t number) {
  return bytes_of(Binding::of_references(gallery).with({subject_key, number}));
}

Bytes subject_key_binding(const GalleryIdentity& gallery, std::uint64_t subject_key,
                          std::uint64_t slot, std::uint32_t wrapping_key_id) {
  return bytes_of(Binding::of_subject_keys(gallery).with({subject_key, slot, wrapping_key_id}));
}

}  // namespace morgiana::seal
