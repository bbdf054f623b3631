#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "gallery/campus.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {

inline constexpr Threshold kAccept{{0.6F}};
inline constexpr RefusalBudget kThree{.per_caller = 3, .per_subject = 5};

/// Ada and Bob, and probes that score so much with Ada.
struct RefusalBudgets : ::testing::Test {
  RefusalBudgets() {
    campus.gallery.enrol("ada", {ada});
    campus.gallery.enrol("bob", {bob});
    open(kThree);
  }

  void open(std::optional<RefusalBudget> budget) {
    campus.gallery.close();
    campus.gallery = Gallery::open(campus.path, {.key = campus.key, .refusals = budget});
  }

  bool verify(const Template& probe, const std::string& caller = "gate") const {
    return campus.gallery.verify("ada", probe, {.accept = kAccept, .caller = caller}).accepted();
  }

  Identification identify(const Template& probe, const std::string& caller = "gate",
                          float margin = 0.0F) const {
    return campus.gallery.identify(probe, {.accept = kAccept, .margin = margin, .caller = caller});
  }

  void spend(const std::string& caller = "gate") {
    for (std::uint32_t i = 0; i < kThree.per_caller; ++i) EXPECT_FALSE(verify(far, caller));
  }

  static Names names(const Identification& found) {
    Names names;
    for (const Candidate& c : found.candidates()) names.push_back(c.subject.str());
    return names;
  }

  std::string sql(const std::string& text) const {
    return test::run_sql(campus.path + ".refusals", text);
  }

  Campus campus;
  Template ada = campus.person();
  Template bob = campus.person();
  Template near = campus.again(ada, 0.585);
  Template far = campus.again(ada, 0.5);
};

}  // namespace morgiana
