#include "gallery/slot_pool.hpp"

#include <array>
#include <set>

#include <gtest/gtest.h>

namespace morgiana {
namespace {

TEST(SlotPool, TakesTheLowestFreeSlotEachOnce) {
  SlotPool slots;
  EXPECT_TRUE(slots.empty());
  slots.grow(128);
  EXPECT_TRUE(slots.take(std::uint64_t{1}));
  EXPECT_FALSE(slots.take(std::uint64_t{1}));
  EXPECT_FALSE(slots.take(std::uint64_t{128}));
  std::set<std::uint64_t> taken;
  while (!slots.empty()) taken.insert(slots.take());
  EXPECT_EQ(taken.size(), 127U);
  EXPECT_FALSE(taken.contains(1));
  slots.keep();
  const std::array<std::uint64_t, 2> back{70, 3};
  slots.give_back(back);
  EXPECT_EQ(slots.take(), 3U);
  EXPECT_EQ(slots.take(), 70U);
  EXPECT_TRUE(slots.empty());
}

TEST(SlotPool, UndoLeavesWhatWasKept) {
  SlotPool slots;
  slots.grow(64);
  slots.keep();
  EXPECT_EQ(slots.take(), 0U);
  EXPECT_EQ(slots.take(), 1U);
  slots.keep();
  for (int i = 2; i < 64; ++i) slots.take();
  slots.grow(64);
  EXPECT_EQ(slots.take(), 64U);
  slots.undo();
  for (std::uint64_t slot = 2; slot < 64; ++slot) EXPECT_EQ(slots.take(), slot);
  EXPECT_TRUE(slots.empty());
  slots.undo();
  EXPECT_FALSE(slots.empty());
}

}  // namespace
}  // namespace morgiana
