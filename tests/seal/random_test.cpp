#include "seal/random.hpp"

#include <algorithm>
#include <new>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace morgiana::seal {
namespace {

/// 2^15 bits of a fair source: 6 standard deviations are 543.
TEST(FillRandom, ReachesEveryByteWithFairBits) {
  Bytes bytes(4096, 0);
  std::size_t num_ones = 0;
  fill_random(bytes);
  for (const std::uint8_t byte : bytes) {
    for (unsigned value = byte; value != 0; value >>= 1) num_ones += value & 1;
  }
  EXPECT_NEAR(static_cast<double>(num_ones), 16384.0, 543.0);
  EXPECT_GT(std::set<std::uint8_t>(bytes.end() - 64, bytes.end()).size(), 32U);
}

/// Pieces of sizes that do not divide what is drawn at once, one larger than that among them.
TEST(Random, GivesNoPieceTwice) {
  Random random;
  std::set<Bytes> pieces;
  for (int i = 0; i < 1000; ++i) {
    for (const std::size_t size : {12U, 32U, 15U, 1024U, 1500U}) {
      if (size > 100 && i % 100 != 0) continue;
      Bytes piece(size);
      random.fill(piece);
      EXPECT_TRUE(pieces.insert({piece.begin(), piece.begin() + 12}).second) << i;
      EXPECT_TRUE(pieces.insert({piece.end() - 12, piece.end()}).second || size == 12) << i;
    }
  }
  EXPECT_EQ(pieces.size(), 1000U * 5 + 10 * 4);
}

TEST(Random, KeepsNothingOfWhatItGave) {
  Random random;
  Bytes piece(24);
  for (int i = 0; i < 100; ++i) {
    random.fill(piece);
    const auto* memory = reinterpret_cast<const std::uint8_t*>(&random);
    const auto* end = memory + sizeof random;
    EXPECT_EQ(std::search(memory, end, piece.begin(), piece.end()), end);
  }
}

TEST(Random, IsWipedAtItsEnd) {
  alignas(Random) std::array<std::uint8_t, sizeof(Random)> memory;
  memory.fill(0xEE);
  auto* random = new (memory.data()) Random;
  Bytes piece(12);
  random->fill(piece);
  random->~Random();
  EXPECT_LT(std::count_if(memory.begin(), memory.end(), [](std::uint8_t b) { return b != 0; }), 16);
}

}  // namespace
}  // namespace morgiana::seal
