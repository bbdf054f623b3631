#include <algorithm>
#include <cstdio>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "data.hpp"
#include "seal/aead.hpp"
#include "seal/mac.hpp"
#include "seal/sample.hpp"
#include "seal/signature.hpp"

namespace morgiana::seal {
namespace {

using nlohmann::json;

/// What ran, so that a runner that skips everything is seen to do so.
struct VectorCounts {
  int num_valid = 0;
  int num_invalid = 0;
  int num_skipped = 0;
};

std::filesystem::path path_of(const std::string& file) {
  return test::shared_data() / "wycheproof" / file;
}

/// The vectors of C2SP Wycheproof; null where they are absent.
json wycheproof(const std::string& file) {
  std::ifstream in(path_of(file));
  return in ? json::parse(in) : json();
}

Bytes hex_field(const json& vector, const char* field) {
  return test::from_hex(vector.at(field).get<std::string>());
}

SecretKey key_of(const Bytes& bytes) {
  return SecretKey(std::span<const std::uint8_t>(bytes).first<SecretKey::kBytes>());
}

bool is_valid(const json& vector) {
  return vector.at("result") == "valid";
}

void record(const VectorCounts& counts) {
  testing::Test::RecordProperty("valid", counts.num_valid);
  testing::Test::RecordProperty("invalid", counts.num_invalid);
  testing::Test::RecordProperty("skipped", counts.num_skipped);
  std::printf("%d valid and %d invalid vectors, %d for sizes that the library does not offer\n",
              counts.num_valid, counts.num_invalid, counts.num_skipped);
}

/// Runs `check` on each vector whose group is `offered`, and counts.
template <class Offered, class Check>
VectorCounts run(const json& file, Offered offered, Check check) {
  VectorCounts counts;
  for (const json& group : file.at("testGroups")) {
    for (const json& vector : group.at("tests")) {
      if (!offered(group, vector)) {
        ++counts.num_skipped;
        continue;
      }
      SCOPED_TRACE("tcId " + vector.at("tcId").dump());
      ++(is_valid(vector) ? counts.num_valid : counts.num_invalid);
      check(group, vector);
    }
  }
  record(counts);
  return counts;
}

/// Our API takes no nonce, so `open` is what the vectors can reach.
void check_open(const json&, const json& vector) {
  Bytes sealed = hex_field(vector, "iv");
  for (const char* field : {"ct", "tag"}) {
    const Bytes part = hex_field(vector, field);
    sealed.insert(sealed.end(), part.begin(), part.end());
  }
  const Bytes message = hex_field(vector, "msg");
  Bytes opened(message.size(), 0xEE);
  EXPECT_EQ(open(key_of(hex_field(vector, "key")), hex_field(vector, "aad"), sealed, opened),
            is_valid(vector));
  EXPECT_EQ(opened, is_valid(vector) ? message : Bytes(message.size(), 0));
}

void check_hmac(const json&, const json& vector) {
  const Bytes bytes = hex_field(vector, "tag");
  Digest tag;
  ASSERT_EQ(bytes.size(), tag.size());
  std::copy(bytes.begin(), bytes.end(), tag.begin());
  EXPECT_EQ(equal(hmac_sha256(key_of(hex_field(vector, "key")), hex_field(vector, "msg")), tag),
            is_valid(vector));
}

void check_hkdf(const json&, const json& vector) {
  const Bytes info = hex_field(vector, "info");
  const SecretKey derived =
      derive(key_of(hex_field(vector, "ikm")), std::string(info.begin(), info.end()));
  EXPECT_EQ(Bytes(derived.bytes().begin(), derived.bytes().end()), hex_field(vector, "okm"));
}

void check_signature(const json& group, const json& vector) {
  const Bytes bytes = hex_field(group.at("publicKey"), "pk");
  PublicKey key;
  ASSERT_EQ(bytes.size(), key.size());
  std::copy(bytes.begin(), bytes.end(), key.begin());
  EXPECT_EQ(verify(key, hex_field(vector, "msg"), hex_field(vector, "sig")), is_valid(vector));
}

TEST(Wycheproof, AesGcmOpensExactlyTheValidVectors) {
  const json file = wycheproof("aes_gcm_test.json");
  if (file.is_null()) GTEST_SKIP() << "absent: " << path_of("aes_gcm_test.json");
  const VectorCounts counts = run(
      file,
      [](const json& group, const json&) {
        return group.at("keySize") == 256 && group.at("ivSize") == 96 && group.at("tagSize") == 128;
      },
      check_open);
  EXPECT_GT(counts.num_valid, 0);
  EXPECT_GT(counts.num_invalid, 0);
}

TEST(Wycheproof, HmacSha256AcceptsExactlyTheValidVectors) {
  const json file = wycheproof("hmac_sha256_test.json");
  if (file.is_null()) GTEST_SKIP() << "absent: " << path_of("hmac_sha256_test.json");
  const VectorCounts counts = run(
      file,
      [](const json& group, const json&) {
        return group.at("keySize") == 256 && group.at("tagSize") == 256;
      },
      check_hmac);
  EXPECT_GT(counts.num_valid, 0);
  EXPECT_GT(counts.num_invalid, 0);
}

/// Few fit: our keys have 32 bytes and no salt. mac_test.cpp adds known answers.
TEST(Wycheproof, HkdfSha256DerivesTheKeysOfTheVectors) {
  const json file = wycheproof("hkdf_sha256_test.json");
  if (file.is_null()) GTEST_SKIP() << "absent: " << path_of("hkdf_sha256_test.json");
  const VectorCounts counts = run(
      file,
      [](const json& group, const json& vector) {
        return group.at("keySize") == 256 && vector.at("salt") == "" && vector.at("size") == 32;
      },
      check_hkdf);
  EXPECT_GT(counts.num_valid, 0);
}

TEST(Wycheproof, Ed25519AcceptsExactlyTheValidVectors) {
  const json file = wycheproof("ed25519_test.json");
  if (file.is_null()) GTEST_SKIP() << "absent: " << path_of("ed25519_test.json");
  const VectorCounts counts = run(
      file, [](const json&, const json&) { return true; }, check_signature);
  EXPECT_GT(counts.num_valid, 0);
  EXPECT_GT(counts.num_invalid, 0);
  EXPECT_EQ(counts.num_skipped, 0);
}

}  // namespace
}  // namespace morgiana::seal
