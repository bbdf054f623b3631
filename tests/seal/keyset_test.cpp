#include "seal/keyset.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "seal/aead.hpp"
#include "seal/mac.hpp"
#include "seal/sample.hpp"
#include "errors.hpp"

namespace morgiana::seal {
namespace {

using test::bytes_of;
using test::counting_key;
using test::thrown;
using test::thrown_message;

constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kUuidAt = 12;
constexpr std::size_t kGenerationAt = 28;
constexpr std::size_t kHolderAt = 45;  // with one key, as the next
constexpr std::size_t kCommitmentAt = 48;

Uuid sample_uuid() {
  return test::sample_gallery().uuid;
}

Bytes copy(const SecretKey& key) {
  return {key.bytes().begin(), key.bytes().end()};
}

struct Entry {
  std::uint32_t id;
  std::uint8_t status;
};

void append(Bytes& out, std::uint64_t value, int num_bytes) {
  for (int i = 0; i < num_bytes; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  }
}

/// A keyset file built here from the layout that the header documents. Wrapping key i counts up
/// from 10 * i, the rotation seed from 200, the state key from 220.
Bytes handmade(const SecretKey& kek, const std::vector<Entry>& entries, std::uint32_t version = 2,
               const KekEnvelope& envelope = {}) {
  Bytes file = bytes_of("MRGNKEYS");
  append(file, version, 4);
  const Uuid uuid = sample_uuid();
  file.insert(file.end(), uuid.begin(), uuid.end());
  const Digest commitment = hmac_sha256(derive(kek, "morgiana/keyset/commit"), file);
  append(file, 77, 8);
  append(file, entries.size(), 4);
  for (const Entry& entry : entries) {
    append(file, entry.id, 4);
    append(file, entry.status, 1);
  }
  if (version == 2) {
    append(file, static_cast<std::uint8_t>(envelope.holder), 1);
    append(file, envelope.parameters.size(), 2);
    file.insert(file.end(), envelope.parameters.begin(), envelope.parameters.end());
  }
  file.insert(file.end(), commitment.begin(), commitment.end());
  Bytes secrets;
  const auto add = [&](std::size_t first) {
    const Bytes key = copy(counting_key(static_cast<std::uint8_t>(first)));
    secrets.insert(secrets.end(), key.begin(), key.end());
  };
  for (std::size_t i = 0; i < entries.size(); ++i) add(10 * i);
  add(200);
  add(220);
  Bytes sealed(secrets.size() + kOverheadBytes);
  Random random;
  seal(derive(kek, "morgiana/keyset/seal"), file, secrets, random, sealed);
  file.insert(file.end(), sealed.begin(), sealed.end());
  return file;
}

TEST(Keyset, OpensWithTheKeyThatSealedIt) {
  const SecretKey kek = SecretKey::random();
  const Keyset keyset = Keyset::create(sample_uuid());
  const Keyset opened = Keyset::open(kek, keyset.seal(kek, {}));
  EXPECT_EQ(opened.uuid(), sample_uuid());
  EXPECT_EQ(opened.generation(), 1U);
  EXPECT_EQ(opened.current().id, keyset.current().id);
  EXPECT_EQ(opened.current().status, KeyStatus::current);
  EXPECT_EQ(copy(opened.current().key), copy(keyset.current().key));
  EXPECT_EQ(copy(opened.rotation_seed()), copy(keyset.rotation_seed()));
  EXPECT_EQ(copy(opened.state_key()), copy(keyset.state_key()));
}

TEST(Keyset, IsMadeOfIndependentRandomKeys) {
  const Keyset one = Keyset::create(sample_uuid());
  const Keyset other = Keyset::create(sample_uuid());
  std::vector<Bytes> keys;
  for (const Keyset* keyset : {&one, &other}) {
    keys.push_back(copy(keyset->current().key));
    keys.push_back(copy(keyset->rotation_seed()));
    keys.push_back(copy(keyset->state_key()));
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

TEST(Keyset, ShowsNoKeyInItsFile) {
  const SecretKey kek = SecretKey::random();
  const Keyset keyset = Keyset::create(sample_uuid());
  const Bytes file = keyset.seal(kek, {});
  for (const SecretKey* key :
       {&kek, &keyset.current().key, &keyset.rotation_seed(), &keyset.state_key()}) {
    const auto bytes = key->bytes();
    EXPECT_EQ(std::search(file.begin(), file.end(), bytes.begin(), bytes.begin() + 8), file.end());
  }
}

TEST(Keyset, OpensAFileWrittenFromTheDocumentedLayout) {
  const SecretKey kek = counting_key(99);
  const Keyset keyset = Keyset::open(kek, handmade(kek, {{5, 2}, {9, 1}, {6, 2}}));
  EXPECT_EQ(keyset.uuid(), sample_uuid());
  EXPECT_EQ(keyset.generation(), 77U);
  EXPECT_EQ(keyset.current().id, 9U);
  EXPECT_EQ(copy(keyset.current().key), copy(counting_key(10)));
  ASSERT_NE(keyset.find(5), nullptr);
  EXPECT_EQ(copy(*keyset.find(5)), copy(counting_key(0)));
  ASSERT_NE(keyset.find(6), nullptr);
  EXPECT_EQ(copy(*keyset.find(6)), copy(counting_key(20)));
  EXPECT_EQ(keyset.find(1), nullptr);
  EXPECT_EQ(copy(keyset.rotation_seed()), copy(counting_key(200)));
  EXPECT_EQ(copy(keyset.state_key()), copy(counting_key(220)));
}

TEST(Keyset, OpensAFileOfVersion1) {
  const SecretKey kek = counting_key(99);
  const Bytes file = handmade(kek, {{5, 2}, {9, 1}}, 1);
  const Keyset keyset = Keyset::open(kek, file);
  EXPECT_EQ(keyset.generation(), 77U);
  EXPECT_EQ(copy(keyset.current().key), copy(counting_key(10)));
  EXPECT_EQ(copy(keyset.state_key()), copy(counting_key(220)));
  EXPECT_EQ(Keyset::envelope_of(file).holder, KekHolder::key_file);
}

TEST(Keyset, KeepsWhatTheHolderOfItsKeyNeeds) {
  const SecretKey kek = counting_key(99);
  const KekEnvelope envelope{KekHolder::passphrase, test::counting_bytes(36)};
  for (const Bytes& file :
       {handmade(kek, {{9, 1}}, 2, envelope), Keyset::create(sample_uuid()).seal(kek, envelope)}) {
    EXPECT_EQ(Keyset::envelope_of(file).holder, KekHolder::passphrase);
    EXPECT_EQ(Keyset::envelope_of(file).parameters, envelope.parameters);
    EXPECT_EQ(Keyset::open(kek, file).current().status, KeyStatus::current);
    for (std::size_t at = kHolderAt; at < kHolderAt + 3 + envelope.parameters.size(); ++at) {
      Bytes changed = file;
      changed[at] ^= 1;
      EXPECT_EQ(thrown([&] { Keyset::open(kek, changed); }), Errc::not_authentic) << at;
    }
  }
}

TEST(Keyset, GainsAKeyAndLosesThoseThatRetire) {
  const Keyset first = Keyset::create(sample_uuid());
  const Keyset second = first.with_new_key();
  EXPECT_EQ(second.generation(), 2U);
  EXPECT_TRUE(second.has_retiring());
  EXPECT_EQ(second.current().id, 2U);
  ASSERT_NE(second.find(1), nullptr);
  EXPECT_EQ(copy(*second.find(1)), copy(first.current().key));
  EXPECT_NE(copy(second.current().key), copy(first.current().key));
  const Keyset third = second.without_retiring();
  EXPECT_EQ(third.generation(), 3U);
  EXPECT_FALSE(third.has_retiring());
  EXPECT_EQ(third.find(1), nullptr);
  EXPECT_EQ(copy(third.current().key), copy(second.current().key));
  EXPECT_EQ(copy(third.state_key()), copy(first.state_key()));
  EXPECT_EQ(copy(third.rotation_seed()), copy(first.rotation_seed()));
  const SecretKey kek = SecretKey::random();
  EXPECT_EQ(Keyset::open(kek, second.seal(kek, {})).current().id, 2U);
}

TEST(Keyset, HoldsUpTo64Keys) {
  const SecretKey kek = counting_key(99);
  std::vector<Entry> entries = {{0, 1}};
  while (entries.size() < Keyset::kMaxWrappingKeys) {
    entries.push_back({static_cast<std::uint32_t>(entries.size()), 2});
  }
  const Bytes largest = handmade(kek, entries);
  EXPECT_LE(largest.size(), Keyset::kMaxFileBytes);
  EXPECT_EQ(Keyset::open(kek, largest).current().id, 0U);
  entries.push_back({64, 2});
  EXPECT_EQ(thrown([&] { Keyset::open(kek, handmade(kek, entries)); }), Errc::not_authentic);
}

TEST(Keyset, RefusesEntriesThatMakeNoSense) {
  const SecretKey kek = counting_key(99);
  const auto refusal = [&](const std::vector<Entry>& entries) {
    return thrown([&] { Keyset::open(kek, handmade(kek, entries)); });
  };
  EXPECT_EQ(refusal({{1, 1}}), std::nullopt);
  EXPECT_EQ(refusal({}), Errc::not_authentic);
  EXPECT_EQ(refusal({{1, 2}}), Errc::not_authentic) << "no current key";
  EXPECT_EQ(refusal({{1, 1}, {2, 1}}), Errc::not_authentic) << "two current keys";
  EXPECT_EQ(refusal({{1, 1}, {1, 2}}), Errc::not_authentic) << "one id twice";
  EXPECT_EQ(refusal({{1, 1}, {2, 0}}), Errc::not_authentic) << "unknown status";
  EXPECT_EQ(refusal({{1, 1}, {2, 3}}), Errc::not_authentic) << "unknown status";
}

TEST(Keyset, TellsAWrongKeyFromDamage) {
  const Bytes file = Keyset::create(sample_uuid()).seal(counting_key(1), {});
  EXPECT_EQ(thrown([&] { Keyset::open(counting_key(2), file); }), Errc::wrong_key);
  EXPECT_EQ(thrown_message([&] { Keyset::open(counting_key(2), file); }),
            "the key does not open this keyset: wrong key, or the keyset is damaged");
}

TEST(Keyset, RefusesEverySingleBitFlip) {
  const SecretKey kek = SecretKey::random();
  const Bytes file = Keyset::create(sample_uuid()).seal(kek, {});
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    Bytes flipped = file;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    const std::size_t at = bit / 8;
    Errc expected = Errc::not_authentic;
    if (at >= kVersionAt && at < kUuidAt) {
      // Version 2 with its second bit cleared is 0, which never existed.
      expected = at == kVersionAt && bit % 8 == 1 ? Errc::not_authentic : Errc::unsupported_format;
    }
    if (at >= kUuidAt && at < kGenerationAt) expected = Errc::wrong_key;
    if (at >= kCommitmentAt && at < kCommitmentAt + 32) expected = Errc::wrong_key;
    EXPECT_EQ(thrown([&] { Keyset::open(kek, flipped); }), expected) << "bit " << bit;
  }
}

TEST(Keyset, RefusesEveryTruncationAndAnyTrailingByte) {
  const SecretKey kek = SecretKey::random();
  Bytes file = Keyset::create(sample_uuid()).seal(kek, {});
  for (std::size_t num_bytes = 0; num_bytes < file.size(); ++num_bytes) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(num_bytes));
    EXPECT_EQ(thrown([&] { Keyset::open(kek, cut); }), Errc::not_authentic) << num_bytes;
  }
  file.push_back(0);
  EXPECT_EQ(thrown([&] { Keyset::open(kek, file); }), Errc::not_authentic);
}

TEST(Keyset, SaysThatANewerVersionIsNewerWhateverFollows) {
  const SecretKey kek = SecretKey::random();
  Bytes file = Keyset::create(sample_uuid()).seal(kek, {});
  file[kVersionAt] = 3;
  file.resize(file.size() + 100);
  EXPECT_EQ(thrown([&] { Keyset::open(kek, file); }), Errc::unsupported_format);
  EXPECT_EQ(thrown_message([&] { Keyset::open(kek, file); }),
            "the keyset has format 3, this build reads up to 2");
}

TEST(Keyset, RefusesTheHeaderOfOneFileBeforeTheSecretsOfAnother) {
  const SecretKey kek = SecretKey::random();
  const Bytes one = Keyset::create(sample_uuid()).seal(kek, {});
  Bytes other = handmade(kek, {{1, 1}});
  ASSERT_EQ(one.size(), other.size());
  std::copy(one.begin(), one.begin() + kCommitmentAt + 32, other.begin());
  EXPECT_EQ(thrown([&] { Keyset::open(kek, other); }), Errc::not_authentic);
}

}  // namespace
}  // namespace morgiana::seal
