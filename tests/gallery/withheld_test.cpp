#include <vector>

#include "gallery/refusal_budgets.hpp"

namespace morgiana {
namespace {

struct Withheld : RefusalBudgets {};

/// Else a twin spends her own budget, and passes as her sister.
TEST_F(Withheld, WhoIsWithheldPassesAsNobodyElse) {
  const Template twin = campus.again(ada, 0.8);
  campus.gallery.enrol("twin", {twin});
  const Template face = campus.again(twin, 0.95);  // the twin's own
  const Policy policy{kAccept, 0.3F};
  EXPECT_EQ(decide(identify(face, "gate", 0.3F), policy).reason, Reason::ambiguous);
  for (std::uint32_t i = 0; i < kThree.per_caller; ++i) {
    EXPECT_FALSE(
        campus.gallery.verify("twin", bob, {.accept = kAccept, .caller = "gate"}).accepted());
  }
  const Identification contested = identify(face, "gate", 0.3F);
  EXPECT_EQ(names(contested), Names{});
  EXPECT_EQ(contested.searched().num_withheld, 1U);
  EXPECT_EQ(decide(contested, policy).reason, Reason::withheld);
  EXPECT_EQ(names(identify(face)), Names{}) << "she is nearer to herself, whatever the margin";
  EXPECT_EQ(names(identify(ada)), Names{"ada"}) << "her sister is nearer to herself, too";
  EXPECT_EQ(decide(identify(bob, "gate", 0.3F), policy).subject, SubjectId("bob"));
}

/// A contested answer says where the withheld face lies: it is counted, and that ends as well.
TEST_F(Withheld, SpentTwiceWithACallerNobodyIsAnsweredThere) {
  const Template twin = campus.again(ada, 0.8);
  campus.gallery.enrol("twin", {twin});
  const Template face = campus.again(twin, 0.95);
  for (std::uint32_t i = 0; i < kThree.per_caller; ++i) {
    EXPECT_FALSE(
        campus.gallery.verify("twin", bob, {.accept = kAccept, .caller = "gate"}).accepted());
  }
  for (std::uint32_t i = 0; i < kThree.per_caller; ++i) EXPECT_EQ(names(identify(face)), Names{});
  EXPECT_EQ(campus.gallery.stats().num_refusals_today, 2 * kThree.per_caller);
  const std::vector<Template> all{face, ada, bob};
  for (int round = 0; round < 2; ++round) {
    for (const Template& probe : all) {
      const Identification found = identify(probe);
      EXPECT_EQ(names(found), Names{});
      EXPECT_EQ(decide(found, {.accept = kAccept}).reason, Reason::withheld);
    }
    EXPECT_EQ(campus.gallery.stats().num_refusals_today, 2 * kThree.per_caller);
    EXPECT_EQ(names(identify(bob, "till")), Names{"bob"}) << "another caller has its own budget";
    EXPECT_EQ(names(campus.gallery.identify(
                  bob, {.accept = kAccept, .exclude = {"twin"}, .caller = "gate"})),
              Names{"bob"})
        << "where she is not compared";
    open(kThree);  // the counts are durable
  }
}

}  // namespace
}  // namespace morgiana
