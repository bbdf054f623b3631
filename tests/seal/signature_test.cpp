#include "seal/signature.hpp"

#include <algorithm>
#include <type_traits>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "seal/heap.hpp"
#include "seal/sample.hpp"

namespace morgiana::seal {
namespace {

using test::bytes_of;
using test::counting_key;
using test::from_hex;

template <class Array>
Array array_of(const Bytes& bytes) {
  Array array{};
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}};

SigningKey key_from(const Bytes& seed) {
  return SigningKey(SecretKey(ByteView(seed).first<SecretKey::kBytes>()));
}

TEST(Ed25519, GivesTheKeysAndSignaturesOfRfc8032) {
  for (const Vector& vector : kVectors) {
    const SigningKey key = key_from(from_hex(vector.seed));
    EXPECT_EQ(key.public_key(), array_of<PublicKey>(from_hex(vector.public_key)));
    EXPECT_EQ(key.sign(from_hex(vector.message)), array_of<Signature>(from_hex(vector.signature)));
    const SecretKey seed(array_of<PublicKey>(from_hex(vector.seed)));
    const SigningKey again(seed, key.public_key());
    EXPECT_EQ(again.public_key(), key.public_key());
    EXPECT_EQ(again.sign(from_hex(vector.message)), key.sign(from_hex(vector.message)));
  }
}

TEST(Ed25519, AcceptsTheSignaturesOfRfc8032) {
  for (const Vector& vector : kVectors) {
    EXPECT_TRUE(verify(array_of<PublicKey>(from_hex(vector.public_key)), from_hex(vector.message),
                       from_hex(vector.signature)));
  }
}

TEST(Ed25519, RefusesEveryChangedBit) {
  const SigningKey key(counting_key(1));
  const Bytes message = bytes_of("subject 7 was erased");
  const Signature signature = key.sign(message);
  ASSERT_TRUE(verify(key.public_key(), message, signature));
  const auto flip = [](auto bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << bit % 8));
    return bytes;
  };
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    EXPECT_FALSE(verify(key.public_key(), message, flip(signature, bit))) << "signature, " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    EXPECT_FALSE(verify(key.public_key(), flip(message, bit), signature)) << "message, " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * key.public_key().size(); ++bit) {
    EXPECT_FALSE(verify(flip(key.public_key(), bit), message, signature)) << "key, " << bit;
  }
}

TEST(Ed25519, RefusesEveryOtherLength) {
  const SigningKey key(counting_key(1));
  const Bytes message = bytes_of("subject 7 was erased");
  const Signature signature = key.sign(message);
  Bytes longer(signature.begin(), signature.end());
  longer.resize(2 * signature.size());
  for (std::size_t length = 0; length <= longer.size(); ++length) {
    EXPECT_EQ(verify(key.public_key(), message, ByteView(longer).first(length)),
              length == signature.size())
        << length;
  }
  EXPECT_FALSE(verify(key.public_key(), ByteView(message).first(message.size() - 1), signature));
}

TEST(Ed25519, RefusesTheSignatureOfAnotherKey) {
  const SigningKey key(counting_key(1));
  const SigningKey other(counting_key(2));
  const Bytes message = bytes_of("subject 7 was erased");
  EXPECT_FALSE(verify(key.public_key(), message, other.sign(message)));
  EXPECT_TRUE(verify(other.public_key(), message, other.sign(message)));
}

/// A host that asks OpenSSL about its own errors must not find ours.
TEST(Ed25519, LeavesNoErrorBehindWhenItRefuses) {
  ERR_clear_error();
  const SigningKey key(counting_key(1));
  PublicKey none;
  none.fill(0xFF);  // no point of the curve
  EXPECT_FALSE(verify(none, {}, key.sign({})));
  EXPECT_FALSE(verify(key.public_key(), {}, {}));
  EXPECT_FALSE(verify(key.public_key(), {}, Signature{}));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

/// OpenSSL keeps a copy of the seed for as long as there is a key.
TEST(Ed25519, LeavesNoKeyInMemory) {
  if (!test::has_own_heap()) GTEST_SKIP() << "a sanitizer's heap is elsewhere";
  {
    const SigningKey key(counting_key(131));
    const Signature signature = key.sign({});
    EXPECT_TRUE(verify(key.public_key(), {}, signature));
    EXPECT_EQ(test::num_copies_in_heap(131), 1U) << "the scan finds a key that is there";
  }
  EXPECT_EQ(test::num_copies_in_heap(131), 0U);
}

template <class Key>
concept Comparable = requires(const Key& a, const Key& b) {
  a == b;
};
static_assert(!Comparable<SigningKey> && !std::is_copy_constructible_v<SigningKey>);

}  // namespace
}  // namespace morgiana::seal
