#include "seal/secret_key.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "seal/sample.hpp"

namespace morgiana::seal {
namespace {

static_assert(!std::is_copy_constructible_v<SecretKey>);
static_assert(!std::is_copy_assignable_v<SecretKey>);
static_assert(!std::is_default_constructible_v<SecretKey>);
static_assert(std::is_nothrow_move_constructible_v<SecretKey>);
static_assert(std::is_nothrow_move_assignable_v<SecretKey>);

template <class T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Comparable<SecretKey>);
static_assert(!Printable<SecretKey>);
static_assert(!std::is_convertible_v<std::array<std::uint8_t, SecretKey::kBytes>, SecretKey>);

Bytes copy(const SecretKey& key) {
  return {key.bytes().begin(), key.bytes().end()};
}

TEST(SecretKey, IsZeroedWhenItIsMovedFrom) {
  SecretKey from = test::counting_key(5);
  const Bytes value = copy(from);
  SecretKey constructed(std::move(from));
  EXPECT_EQ(copy(constructed), value);
  EXPECT_EQ(copy(from), Bytes(SecretKey::kBytes, 0));

  SecretKey assigned = SecretKey::random();
  assigned = std::move(constructed);
  EXPECT_EQ(copy(assigned), value);
  EXPECT_EQ(copy(constructed), Bytes(SecretKey::kBytes, 0));
}

TEST(SecretKey, SurvivesBeingAssignedToItself) {
  SecretKey key = test::counting_key(5);
  SecretKey& same = key;
  key = std::move(same);
  EXPECT_EQ(copy(key), copy(test::counting_key(5)));
}

TEST(SecretKey, IsZeroedWhenItIsDestroyed) {
  alignas(SecretKey) std::array<std::uint8_t, sizeof(SecretKey)> memory;
  memory.fill(0xEE);
  auto* key = new (memory.data()) SecretKey(test::counting_key(5));
  EXPECT_EQ(copy(*key), copy(test::counting_key(5)));
  key->~SecretKey();
  EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](std::uint8_t b) { return b == 0; }));
}

TEST(SecretKey, IsRandom) {
  std::set<Bytes> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(copy(SecretKey::random()));
  EXPECT_EQ(keys.size(), 1000U);
}

}  // namespace
}  // namespace morgiana::seal
