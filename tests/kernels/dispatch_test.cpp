#include "kernels/dispatch.hpp"

#include <cstdlib>

#include "errors.hpp"
#include "kernels/tiers.hpp"

namespace morgiana::kernels {
namespace {

TEST(Dispatch, ScalarIsAlwaysThereAndLast) {
  ASSERT_FALSE(available().empty());
  EXPECT_EQ(available().back()->tier, Tier::scalar);
}

TEST(Dispatch, NamesEveryAvailableTier) {
  for (const KernelTable* table : available()) EXPECT_EQ(&named(table->name), table);
}

TEST(Dispatch, RefusesATierThatDoesNotExistAndListsThoseThatDo) {
  EXPECT_ERRC(named("avx1024"), Errc::unknown_tier);
  try {
    named("avx1024");
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("avx2"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("scalar"), std::string::npos);
  }
}

TEST(Dispatch, TheBestTierIsChosenUnlessTheEnvironmentNamesOne) {
  const char* wanted = std::getenv("MORGIANA_TIER");
  EXPECT_STREQ(chosen().name, wanted != nullptr ? wanted : available().front()->name);
}

}  // namespace
}  // namespace morgiana::kernels
