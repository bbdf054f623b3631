#include "seal/aead.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "seal/sample.hpp"
#include "errors.hpp"

namespace morgiana::seal {
namespace {

using test::bytes_of;
using test::counting_bytes;
using test::counting_key;

Bytes sealed(const SecretKey& key, ByteView binding, ByteView plaintext) {
  Bytes out(plaintext.size() + kOverheadBytes);
  Random random;
  seal(key, binding, plaintext, random, out);
  return out;
}

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// Whether the record is refused, and nothing of it released.
bool is_refused(const SecretKey& key, ByteView binding, ByteView record, std::size_t num_bytes) {
  Bytes plaintext(num_bytes, 0xEE);
  return !open(key, binding, record, plaintext) && is_zero(plaintext);
}

TEST(Aead, OpensWhatItSealedAtEveryLength) {
  const SecretKey key = SecretKey::random();
  const Bytes binding = bytes_of("gallery 7, subject 12");
  for (const std::size_t num_bytes : {0U, 1U, 15U, 16U, 17U, 32U, 512U, 2048U, 16384U, 100000U}) {
    const Bytes plaintext = counting_bytes(num_bytes);
    Bytes opened(num_bytes, 0xEE);
    EXPECT_TRUE(open(key, binding, sealed(key, binding, plaintext), opened)) << num_bytes;
    EXPECT_EQ(opened, plaintext) << num_bytes;
  }
}

TEST(Aead, SealsWithoutABinding) {
  const SecretKey key = SecretKey::random();
  const Bytes plaintext = counting_bytes(40);
  Bytes opened(40);
  EXPECT_TRUE(open(key, {}, sealed(key, {}, plaintext), opened));
  EXPECT_EQ(opened, plaintext);
}

TEST(Aead, RefusesEverySingleBitFlipOfAWrappedKey) {
  const SecretKey key = SecretKey::random();
  const Bytes binding = bytes_of("subject 12");
  const Bytes record = sealed(key, binding, counting_bytes(32));
  ASSERT_EQ(record.size(), 60U);
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    Bytes flipped = record;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    EXPECT_TRUE(is_refused(key, binding, flipped, 32)) << "bit " << bit;
  }
  EXPECT_FALSE(is_refused(key, binding, record, 32));
}

TEST(Aead, RefusesEverySingleBitFlipOfTheBinding) {
  const SecretKey key = SecretKey::random();
  const Bytes binding = counting_bytes(97);
  const Bytes record = sealed(key, binding, counting_bytes(32));
  for (std::size_t bit = 0; bit < binding.size() * 8; ++bit) {
    Bytes flipped = binding;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << bit % 8));
    EXPECT_TRUE(is_refused(key, flipped, record, 32)) << "bit " << bit;
  }
}

TEST(Aead, RefusesAnotherKey) {
  const Bytes binding = bytes_of("subject 12");
  const Bytes record = sealed(counting_key(1), binding, counting_bytes(512));
  EXPECT_TRUE(is_refused(counting_key(2), binding, record, 512));
}

TEST(Aead, RefusesWrongLengthsAndReleasesNothing) {
  const SecretKey key = SecretKey::random();
  const Bytes binding = bytes_of("subject 12");
  const Bytes record = sealed(key, binding, counting_bytes(32));
  for (std::size_t num_bytes = 0; num_bytes < 100; ++num_bytes) {
    EXPECT_EQ(is_refused(key, binding, record, num_bytes), num_bytes != 32) << num_bytes;
  }
  for (std::size_t num_bytes = 0; num_bytes < record.size(); ++num_bytes) {
    const ByteView cut = ByteView(record).first(num_bytes);
    EXPECT_TRUE(is_refused(key, binding, cut, 32)) << num_bytes;
    if (num_bytes >= kOverheadBytes) {
      EXPECT_TRUE(is_refused(key, binding, cut, num_bytes - kOverheadBytes)) << num_bytes;
    }
  }
}

TEST(Aead, RefusesToSealIntoAWrongLength) {
  const SecretKey key = SecretKey::random();
  Bytes out(59);
  Random random;
  EXPECT_EQ(test::thrown([&] { seal(key, {}, counting_bytes(32), random, out); }),
            Errc::invalid_argument);
}

TEST(Aead, DrawsAFreshNonceForEveryRecord) {
  const SecretKey key = SecretKey::random();
  const Bytes plaintext = counting_bytes(32);
  std::set<Bytes> nonces;
  std::set<Bytes> ciphertexts;
  constexpr std::size_t kNumRecords = 10000;
  for (std::size_t i = 0; i < kNumRecords; ++i) {
    const Bytes record = sealed(key, {}, plaintext);
    nonces.emplace(record.begin(), record.begin() + kNonceBytes);
    ciphertexts.emplace(record.begin() + kNonceBytes, record.end());
  }
  EXPECT_EQ(nonces.size(), kNumRecords);
  EXPECT_EQ(ciphertexts.size(), kNumRecords);
}

TEST(Aead, KeepsNothingOfARefusedRecordForTheNextOne) {
  const SecretKey key = SecretKey::random();
  const Bytes plaintext = counting_bytes(64);
  const Bytes record = sealed(key, {}, plaintext);
  Bytes damaged = record;
  damaged.back() ^= 1;
  Bytes opened(64);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(open(key, {}, damaged, opened));
    EXPECT_TRUE(open(key, {}, record, opened));
    EXPECT_EQ(opened, plaintext);
  }
}

TEST(Aead, LeavesNothingInTheHostProgramsErrorQueue) {
  ERR_clear_error();
  const SecretKey key = SecretKey::random();
  Bytes damaged = sealed(key, {}, counting_bytes(32));
  damaged[0] ^= 1;
  EXPECT_TRUE(is_refused(key, {}, damaged, 32));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Aead, WorksFromManyThreadsAtOnce) {
  const SecretKey key = SecretKey::random();
  std::vector<int> num_right(4, 0);
  std::vector<std::thread> threads;
  for (int& right : num_right) {
    threads.emplace_back([&key, &right] {
      const Bytes plaintext = counting_bytes(128);
      Bytes opened(128);
      for (int i = 0; i < 500; ++i) {
        if (open(key, {}, sealed(key, {}, plaintext), opened) && opened == plaintext) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_right, std::vector<int>(4, 500));
}

}  // namespace
}  // namespace morgiana::seal
