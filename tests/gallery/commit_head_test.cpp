#include "gallery/commit_head.hpp"

#include "errors.hpp"

namespace morgiana {
namespace {

seal::GalleryIdentity identity() {
  return {1, Uuid{1, 2, 3}, {"model", 128}};
}

TEST(CommitHead, ComesBackAsItWasWritten) {
  const seal::SecretKey key = seal::SecretKey::random();
  CommitHead head;
  head.sequence = 7;
  head.previous.fill(9);
  head.num_subjects = 3;
  head.num_references = 1ULL << 40;
  head.next_subject_key = 12;
  head.num_wraps = 5;
  head.keyset_generation = 2;
  seal::Digest entry;
  entry.fill(0xFE);
  head.state.add(entry);
  const CommitHead read = CommitHead::decode(key, identity(), head.encode(key, identity()));
  EXPECT_EQ(read.encode(key, identity()), head.encode(key, identity()));
  EXPECT_EQ(read.num_references, 1ULL << 40);
}

TEST(CommitHead, RefusesEveryChangedBitAnotherKeyAndAnotherGallery) {
  const seal::SecretKey key = seal::SecretKey::random();
  const Bytes stored = CommitHead{}.encode(key, identity());
  for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    Bytes changed = stored;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_ERRC(CommitHead::decode(key, identity(), changed), Errc::not_authentic);
  }
  EXPECT_ERRC(CommitHead::decode(key, identity(), {}), Errc::not_authentic);
  EXPECT_ERRC(CommitHead::decode(seal::SecretKey::random(), identity(), stored),
              Errc::not_authentic);
  seal::GalleryIdentity other = identity();
  other.model.dim = 129;
  EXPECT_ERRC(CommitHead::decode(key, other, stored), Errc::not_authentic);
}

TEST(StateSum, AddsAndSubtractsAcrossAllBytes) {
  seal::Digest ones;
  ones.fill(0xFF);
  seal::Digest one{};
  one[0] = 1;
  StateSum sum;
  sum.add(ones);
  sum.add(one);
  EXPECT_EQ(sum.bytes(), seal::Digest{});  // 2^256 - 1 + 1
  sum.subtract(one);
  EXPECT_EQ(sum.bytes(), ones);
}

}  // namespace
}  // namespace morgiana
