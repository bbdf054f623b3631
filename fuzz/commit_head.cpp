// A commit head: with the input laid over one that was stored, which is read where nothing was
// changed; and with the input for its fields and a right MAC, which is read as it says.
// Input: kind (1) ‖ over the head, or the fields.
#include "gallery/commit_head.hpp"
#include "input.hpp"
#include "seal/sample.hpp"
#include "seal/transcript.hpp"

using namespace morgiana;

namespace {

constexpr std::size_t kBodyBytes = 112;

Bytes with_mac(const seal::SecretKey& key, const seal::GalleryIdentity& gallery, Bytes body) {
  seal::Transcript transcript("morgiana/head");
  transcript.add(std::uint64_t{gallery.format_version})
      .add(ByteView(gallery.uuid))
      .add(gallery.model.name)
      .add(std::uint64_t{gallery.model.dim})
      .add(ByteView(body));
  const seal::Digest mac = seal::hmac_sha256(key, transcript.view());
  body.insert(body.end(), mac.begin(), mac.end());
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const seal::SecretKey key = test::counting_key(5);
  static const seal::GalleryIdentity gallery = test::sample_gallery();
  static const Bytes genuine = CommitHead{3, {}, 2, 5, 9, 4, 1, StateSum()}.encode(key, gallery);
  fuzz::Input input(data, num_bytes);
  const bool is_authentic = input.number(1) != 0;
  const Bytes stored = is_authentic
                           ? with_mac(key, gallery, {input.rest().begin(), input.rest().end()})
                           : fuzz::changed(genuine, input.rest());
  const bool is_read = is_authentic ? input.rest().size() == kBodyBytes : stored == genuine;
  const auto refused = fuzz::refusal([&] {
    CommitHead head = CommitHead::decode(key, gallery, stored);
    fuzz::require(head.encode(key, gallery) == stored, "a head is read as it was written");
    const std::uint64_t num_wraps = head.num_wraps;
    const auto is_full = fuzz::refusal([&] { head.add_wraps(1); });
    fuzz::require(is_full ? num_wraps >= std::uint64_t{1} << 31 : head.num_wraps == num_wraps + 1,
                  "a wrapping key seals 2^31 keys at most");
  });
  fuzz::require(refused == (is_read ? std::nullopt : std::optional(Errc::not_authentic)),
                "a head is read exactly where its MAC is right");
  return 0;
}
