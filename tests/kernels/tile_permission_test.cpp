#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "kernels/dispatch.hpp"

// What a process is asked for on behalf of tiles. Permission stays, so a process that has asked
// cannot tell: no test here may run behind one that names the tier.
namespace morgiana::kernels {
namespace {

constexpr long kSupported = 0x1021;  // ARCH_GET_XCOMP_SUPP
constexpr long kPermitted = 0x1022;  // ARCH_GET_XCOMP_PERM

bool has_tiles(long which) {
  constexpr std::uint64_t kTileData = std::uint64_t{1} << 18;
  std::uint64_t features = 0;
  return syscall(SYS_arch_prctl, which, &features) == 0 && (features & kTileData) != 0;
}

class TilePermission : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_tiles(kSupported)) GTEST_SKIP() << "this machine has no tiles";
    ASSERT_FALSE(has_tiles(kPermitted)) << "the process has asked already";
  }
};

TEST_F(TilePermission, ATierBelowDoesNotAsk) {
  EXPECT_STREQ(named("avx512-vnni").name, "avx512-vnni");
  EXPECT_FALSE(has_tiles(kPermitted));
}

TEST_F(TilePermission, WithASmallSignalStackTheTierBelowIsTheBest) {
  std::vector<char> memory(8192);
  stack_t small{};
  small.ss_sp = memory.data();
  small.ss_size = memory.size();
  ASSERT_EQ(sigaltstack(&small, nullptr), 0);
  EXPECT_STREQ(available().front()->name, "avx512-vnni");
  EXPECT_FALSE(has_tiles(kPermitted));
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ASSERT_EQ(sigaltstack(&none, nullptr), 0);
}

TEST_F(TilePermission, TheTierIsTheBestWhereItIsPermitted) {
  EXPECT_STREQ(available().front()->name, "amx");
  EXPECT_TRUE(has_tiles(kPermitted));
}

}  // namespace
}  // namespace morgiana::kernels
