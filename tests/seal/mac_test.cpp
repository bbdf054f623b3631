#include "seal/mac.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "seal/heap.hpp"
#include "seal/sample.hpp"

namespace morgiana::seal {
namespace {

using test::bytes_of;
using test::counting_key;
using test::from_hex;

Bytes copy(const Digest& digest) {
  return {digest.begin(), digest.end()};
}
Bytes copy(const SecretKey& key) {
  return {key.bytes().begin(), key.bytes().end()};
}

// Known answers were computed with Python's hashlib and hmac; HKDF as two HMACs after RFC 5869.
TEST(Sha256, GivesKnownAnswers) {
  EXPECT_EQ(copy(sha256({})),
            from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  EXPECT_EQ(copy(sha256(bytes_of("morgiana"))),
            from_hex("b2be128e922682665f09b68d67b8472e3797a42d48ff225bc45b9c7140870fa7"));
}

TEST(HmacSha256, GivesAKnownAnswer) {
  EXPECT_EQ(copy(hmac_sha256(counting_key(1), bytes_of("morgiana"))),
            from_hex("089d51e37082edfb9ba6b8951d601d270d7e05b4d7c161a38d07065080b77099"));
}

TEST(HmacSha256, KeepsNothingOfTheKeyBefore) {
  const Digest first = hmac_sha256(counting_key(1), bytes_of("morgiana"));
  const Digest other = hmac_sha256(counting_key(2), bytes_of("morgiana"));
  EXPECT_NE(first, other);
  EXPECT_EQ(hmac_sha256(counting_key(1), bytes_of("morgiana")), first);
}

TEST(HmacSha256, OfAKeySetUpOnceIsTheSameForEachMessage) {
  const SecretKey key = counting_key(1);
  Hmac hmac(key);
  for (const char* message : {"morgiana", "", "morgiana", "another"}) {
    EXPECT_EQ(hmac.digest(bytes_of(message)), hmac_sha256(key, bytes_of(message))) << message;
  }
}

/// OpenSSL's contexts keep the key that they were given last.
TEST(HmacSha256, LeavesNoKeyInMemory) {
  if (!test::has_own_heap()) GTEST_SKIP() << "a sanitizer's heap is elsewhere";
  const auto held = std::make_unique<SecretKey>(counting_key(77));
  EXPECT_EQ(test::num_copies_in_heap(77), 1U) << "the scan finds a key that is there";
  hmac_sha256(counting_key(131), bytes_of("morgiana"));
  EXPECT_EQ(test::num_copies_in_heap(131), 0U);
}

TEST(HmacSha256, IsTheSameOnAnotherThread) {
  const SecretKey key = counting_key(1);
  const Digest here = hmac_sha256(key, bytes_of("morgiana"));
  Digest there = {};
  std::thread([&] { there = hmac_sha256(key, bytes_of("morgiana")); }).join();
  EXPECT_EQ(there, here);
}

TEST(Derive, GivesKnownAnswers) {
  EXPECT_EQ(copy(derive(counting_key(1), "morgiana/test")),
            from_hex("d3c90bde1afebdb4510cb36f593f6474aac672c2c4eba2952806324e3bbbffa8"));
  EXPECT_EQ(copy(derive(counting_key(1), "")),
            from_hex("fd7d6735042b686edd0f296a1d215460f6e2f0036f0a05067e3caebf41f7f6e6"));
}

TEST(Derive, SeparatesPurposesAndKeys) {
  const std::set<Bytes> keys = {copy(derive(counting_key(1), "a")),
                                copy(derive(counting_key(1), "b")),
                                copy(derive(counting_key(2), "a")), copy(counting_key(1))};
  EXPECT_EQ(keys.size(), 4U);
}

TEST(Equal, NoticesEveryBit) {
  const Digest digest = sha256(bytes_of("morgiana"));
  EXPECT_TRUE(equal(digest, digest));
  for (std::size_t bit = 0; bit < digest.size() * 8; ++bit) {
    Digest flipped = digest;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    EXPECT_FALSE(equal(digest, flipped)) << "bit " << bit;
  }
}

}  // namespace
}  // namespace morgiana::seal
