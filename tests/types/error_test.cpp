#include <set>
#include <string>

#include <gtest/gtest.h>

#include "morgiana/error.hpp"

namespace morgiana {
namespace {

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 1; code <= static_cast<int>(Errc::bad_policy); ++code) {
    const std::string_view text = name(static_cast<Errc>(code));
    EXPECT_NE(text, "unnamed") << code;
    EXPECT_TRUE(names.insert(text).second) << text;
  }
}

}  // namespace
}  // namespace morgiana
