#include "seal/key_slot.hpp"

#include <gtest/gtest.h>

#include "seal/sample.hpp"
#include "errors.hpp"

namespace morgiana::seal {
namespace {

using test::counting_key;
using test::sample_gallery;
using test::thrown;

constexpr std::uint64_t kSubject = 7;
constexpr std::uint64_t kSlot = 130;

struct KeySlotTest : testing::Test {
  Keyset keyset = Keyset::create(sample_gallery().uuid);
  Random random;
  Opener opener;
  Binding binding = Binding::of_subject_keys(sample_gallery());
  KeySlot wrapped = wrap(keyset, sample_gallery(), kSubject, kSlot, counting_key(40), random);

  std::optional<Errc> refusal(const Keyset& keys, const GalleryIdentity& gallery,
                              std::uint64_t subject, std::uint64_t slot, const KeySlot& content) {
    Binding of_gallery = Binding::of_subject_keys(gallery);
    return thrown([&] { unwrap(opener, keys, of_gallery, subject, slot, content); });
  }
};

TEST_F(KeySlotTest, UnwrapsWhatItWrapped) {
  const SecretKey key = unwrap(opener, keyset, binding, kSubject, kSlot, wrapped);
  const SecretKey expected = counting_key(40);
  EXPECT_TRUE(std::equal(key.bytes().begin(), key.bytes().end(), expected.bytes().begin()));
}

TEST_F(KeySlotTest, NamesItsWrappingKeyInItsFirstFourBytes) {
  EXPECT_EQ(Bytes(wrapped.begin(), wrapped.begin() + 4), test::from_hex("01000000"));
}

TEST_F(KeySlotTest, RefusesAnotherPlace) {
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject, kSlot, wrapped), std::nullopt);
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject + 1, kSlot, wrapped), Errc::not_authentic);
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject, kSlot + 1, wrapped), Errc::not_authentic);
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSlot, kSubject, wrapped), Errc::not_authentic);
  GalleryIdentity other = sample_gallery();
  other.uuid[0] ^= 1;
  EXPECT_EQ(refusal(keyset, other, kSubject, kSlot, wrapped), Errc::not_authentic);
  other = sample_gallery();
  other.format_version += 1;
  EXPECT_EQ(refusal(keyset, other, kSubject, kSlot, wrapped), Errc::not_authentic);
}

TEST_F(KeySlotTest, RefusesTwoSlotsThatWereExchanged) {
  const KeySlot other =
      wrap(keyset, sample_gallery(), kSubject + 1, kSlot + 1, counting_key(60), random);
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject, kSlot, other), Errc::not_authentic);
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject + 1, kSlot + 1, wrapped),
            Errc::not_authentic);
}

TEST_F(KeySlotTest, RefusesTheWrappingKeyOfAnotherKeyset) {
  const Keyset other = Keyset::create(sample_gallery().uuid);
  ASSERT_EQ(other.current().id, keyset.current().id);
  EXPECT_EQ(refusal(other, sample_gallery(), kSubject, kSlot, wrapped), Errc::not_authentic);
}

TEST_F(KeySlotTest, RefusesEverySingleBitFlip) {
  for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    KeySlot flipped = wrapped;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject, kSlot, flipped), Errc::not_authentic)
        << "bit " << bit;
  }
}

TEST_F(KeySlotTest, RefusesRandomBytes) {
  KeySlot noise;
  fill_random(noise);
  EXPECT_EQ(refusal(keyset, sample_gallery(), kSubject, kSlot, noise), Errc::not_authentic);
  EXPECT_NE(test::thrown_message([&] {
              unwrap(opener, keyset, binding, kSubject, kSlot, noise);
            }).find("subject number 7 in slot 130"),
            std::string::npos);
}

}  // namespace
}  // namespace morgiana::seal
