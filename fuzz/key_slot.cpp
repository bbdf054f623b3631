// A slot with a subject's key, with the input laid over the slot and over its place: unwrapped
// where nothing was changed. Input: subject key (8) ‖ slot (8) ‖ over the slot's bytes.
#include "authentic_keyset.hpp"
#include "input.hpp"
#include "seal/key_slot.hpp"

using namespace morgiana;

namespace {

constexpr std::uint64_t kSubjectKey = 7;
constexpr std::uint64_t kSlot = 130;

struct Sample {
  Sample() : wrapped(seal::wrap(keyset, gallery, kSubjectKey, kSlot, key, random)) {}

  seal::Random random;
  seal::GalleryIdentity gallery = test::sample_gallery();
  seal::Keyset keyset = seal::Keyset::create(gallery.uuid).with_new_key();
  seal::SecretKey key = test::counting_key(1);
  seal::KeySlot wrapped;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const Sample sample;
  static seal::Opener opener;
  static seal::Binding binding = seal::Binding::of_subject_keys(sample.gallery);
  fuzz::Input input(data, num_bytes);
  const std::uint64_t subject_key = kSubjectKey ^ input.number(8);
  const std::uint64_t slot = kSlot ^ input.number(8);
  const Bytes over = fuzz::changed(sample.wrapped, input.bytes(seal::kKeySlotBytes));
  seal::KeySlot wrapped;
  std::copy(over.begin(), over.end(), wrapped.begin());
  const bool is_whole = subject_key == kSubjectKey && slot == kSlot && wrapped == sample.wrapped;
  const auto refused = fuzz::refusal([&] {
    const seal::SecretKey key =
        seal::unwrap(opener, sample.keyset, binding, subject_key, slot, wrapped);
    fuzz::require(is_whole && fuzz::is_same(key.bytes(), sample.key.bytes()),
                  "a key is unwrapped only where nothing was changed");
  });
  fuzz::require(refused == (is_whole ? std::nullopt : std::optional(Errc::not_authentic)),
                "a key is unwrapped where nothing was changed");
  return 0;
}
