#include "gallery/commit_head.hpp"

#include <algorithm>
#include <span>

#include "morgiana/error.hpp"
#include "seal/transcript.hpp"
#include "types/little_endian.hpp"

namespace morgiana {
namespace {

constexpr std::size_t kDigestBytes = std::tuple_size_v<seal::Digest>;
constexpr std::size_t kBodyBytes = 6 * sizeof(std::uint64_t) + 2 * kDigestBytes;

seal::Digest take_digest(ByteView& in) {
  seal::Digest digest;
  std::copy_n(in.begin(), kDigestBytes, digest.begin());
  in = in.subspan(kDigestBytes);
  return digest;
}

seal::Digest authenticate(const seal::SecretKey& head_key, const seal::GalleryIdentity& gallery,
                          ByteView body) {
  seal::Transcript transcript("morgiana/head");
  transcript.add(std::uint64_t{gallery.format_version})
      .add(ByteView(gallery.uuid))
      .add(gallery.model.name)
      .add(std::uint64_t{gallery.model.dim})
      .add(body);
  return seal::hmac_sha256(head_key, transcript.view());
}

}  // namespace

void CommitHead::add_wraps(std::uint64_t count) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31;
  if (count > kMost || num_wraps > kMost - count) {
    throw Error(
        Errc::limit_reached,
        "the wrapping key has sealed its 2^31 subject keys; rotate the keys of the gallery");
  }
  num_wraps += count;
}

Bytes CommitHead::encode(const seal::SecretKey& head_key,
                         const seal::GalleryIdentity& gallery) const {
  Bytes out;
  put(out, sequence, 8);
  out.insert(out.end(), previous.begin(), previous.end());
  for (const std::uint64_t value :
       {num_subjects, num_references, next_subject_key, num_wraps, keyset_generation}) {
    put(out, value, 8);
  }
  out.insert(out.end(), state.bytes().begin(), state.bytes().end());
  const seal::Digest tag = authenticate(head_key, gallery, out);
  out.insert(out.end(), tag.begin(), tag.end());
  return out;
}

CommitHead CommitHead::decode(const seal::SecretKey& head_key, const seal::GalleryIdentity& gallery,
                              ByteView stored) {
  const auto refuse = [] {
    return Error(Errc::not_authentic,
                 "the newest commit of the gallery is missing, damaged or not of this keyset");
  };
  if (stored.size() != kBodyBytes + kDigestBytes) throw refuse();
  ByteView tag = stored.subspan(kBodyBytes);
  ByteView body = stored.first(kBodyBytes);
  if (!seal::equal(authenticate(head_key, gallery, body), take_digest(tag))) throw refuse();
  CommitHead head;
  head.sequence = take(body, 8);
  head.previous = take_digest(body);
  head.num_subjects = take(body, 8);
  head.num_references = take(body, 8);
  head.next_subject_key = take(body, 8);
  head.num_wraps = take(body, 8);
  head.keyset_generation = take(body, 8);
  head.state = StateSum(take_digest(body));
  return head;
}

}  // namespace morgiana
