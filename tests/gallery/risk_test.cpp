#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "calibration/curves.hpp"
#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

using CalibrationPtr = std::shared_ptr<const Calibration>;

/// Sixty people of two references each in the north, and a hundred and sixty in the south.
struct Buildings : Campus {
  static constexpr std::uint64_t kNorth = 0b01;
  static constexpr int kNumNorth = 60;
  static constexpr int kNumPeople = 220;

  Buildings() {
    std::vector<Enrolment> enrolments;
    for (int i = 0; i < kNumPeople; ++i) {
      people.push_back(person());
      const std::uint64_t building = i < kNumNorth ? kNorth : 0b10;
      enrolments.push_back({name_of(i), {people.back(), again(people.back())}, {building}});
    }
    gallery.enrol(enrolments);
  }

  static SubjectId name_of(int i) { return SubjectId("p" + std::to_string(i)); }

  IdentifyOptions by(Risk risk) const { return {.risk = risk, .calibration = calibration}; }

  Score threshold(Risk risk, std::uint64_t num_subjects) const {
    return calibration
        ->threshold_for(risk.at_most, {num_subjects, 2 * num_subjects, risk.num_probes})
        .accept.at_least;
  }

  CalibrationPtr calibration = std::make_shared<const Calibration>(
      model, test::some_evidence(), std::vector{test::falling_curve(2), test::falling_curve(2, 2)});
  std::vector<Template> people;
};

struct RiskSearch : ::testing::Test {
  Buildings campus;
};

TEST_F(RiskSearch, IsResolvedAmongThoseCompared) {
  constexpr Risk kRisk{{0.05}};
  IdentifyOptions options = campus.by(kRisk);
  const auto resolved = [&] {
    const Identification found = campus.gallery.identify(campus.people[5], options);
    EXPECT_EQ(found.candidates().at(0).subject, Buildings::name_of(5));
    EXPECT_EQ(found.accept().at_least, found.resolved()->accept.at_least);
    EXPECT_LE(found.resolved()->predicted.bounds.high, kRisk.at_most.rate);
    return found.accept().at_least;
  };
  EXPECT_EQ(resolved(), campus.threshold(kRisk, 220));
  options.cohorts = {Buildings::kNorth};
  EXPECT_EQ(resolved(), campus.threshold(kRisk, 60));
  for (int i = 10; i < 60; ++i) options.exclude.push_back(Buildings::name_of(i));
  EXPECT_EQ(resolved(), campus.threshold(kRisk, 10));
  EXPECT_NE(campus.threshold(kRisk, 220), campus.threshold(kRisk, 60));
  EXPECT_NE(campus.threshold(kRisk, 60), campus.threshold(kRisk, 10));
  options = campus.by({{0.05}, 2});
  EXPECT_EQ(resolved(), campus.threshold({{0.05}, 2}, 220));
}

TEST_F(RiskSearch, IsResolvedAnewAfterEveryChange) {
  constexpr Risk kRisk{{0.05}};
  std::vector<SubjectId> gone;
  for (int i = 20; i < Buildings::kNumPeople; ++i) gone.push_back(Buildings::name_of(i));
  const auto accept = [&] {
    return campus.gallery.identify(campus.people[5], campus.by(kRisk)).accept().at_least;
  };
  EXPECT_EQ(accept(), campus.threshold(kRisk, 220));
  campus.gallery.remove(gone);
  EXPECT_EQ(accept(), campus.threshold(kRisk, 20));
}

TEST_F(RiskSearch, FindsWhomItsThresholdFinds) {
  const Identification by_risk = campus.gallery.identify(campus.people[7], campus.by({{0.05}}));
  IdentifyOptions plain;
  plain.accept = by_risk.accept();
  const Identification by_threshold = campus.gallery.identify(campus.people[7], plain);
  ASSERT_EQ(by_risk.candidates().size(), by_threshold.candidates().size());
  EXPECT_EQ(by_risk.candidates()[0].subject, by_threshold.candidates()[0].subject);
  EXPECT_EQ(decide(by_risk, {.risk = Risk{{0.05}}}).subject, Buildings::name_of(7));
  // someone who does not quite reach it
  const float just_below = by_risk.accept().at_least.cosine - 0.05F;
  const Template stranger = campus.again(campus.people[7], just_below);
  const Identification refused = campus.gallery.identify(stranger, campus.by({{0.05}}));
  EXPECT_EQ(decide(refused, {.risk = Risk{{0.05}}}).reason, Reason::no_candidate);
}

TEST_F(RiskSearch, ComparesNobodyWhereItIsUnsupported) {
  IdentifyOptions options = campus.by({{1e-9}});
  options.include_scores = true;
  const std::vector<Template> probes{campus.people[5], campus.people[6]};
  for (const Identification& found : campus.gallery.identify(probes, options)) {
    EXPECT_TRUE(found.candidates().empty());
    EXPECT_EQ(found.num_accepted(), 0U);
    EXPECT_EQ(found.searched().num_subjects, 220U);
    ASSERT_TRUE(found.resolved());
    EXPECT_EQ(found.resolved()->predicted.support, Support::unsupported);
    EXPECT_FALSE(found.resolved()->predicted.why.empty());
    EXPECT_EQ(decide(found, {.risk = Risk{{1e-9}}}).reason, Reason::risk_unsupported);
  }
  const Verification compared = campus.gallery.verify(
      Buildings::name_of(5), campus.people[5],
      {.include_scores = true, .risk = Risk{{1e-9}}, .calibration = campus.calibration});
  EXPECT_FALSE(compared.accepted());
  EXPECT_FALSE(compared.score());
  EXPECT_EQ(decide(compared, {.risk = Risk{{1e-9}}}).reason, Reason::risk_unsupported);
}

TEST_F(RiskSearch, OfNobodyIsThatOfAnEmptyGallery) {
  IdentifyOptions options = campus.by({{0.05}});
  options.cohorts = {1U << 9};
  const Identification found = campus.gallery.identify(campus.people[5], options);
  EXPECT_EQ(found.resolved()->predicted.support, Support::unsupported);
  EXPECT_EQ(decide(found, {.risk = Risk{{0.05}}}).reason, Reason::empty_gallery);
}

TEST_F(RiskSearch, LeavesOutWhoIsWithheld) {
  constexpr Risk kRisk{{0.05}};
  const float accept = campus.threshold(kRisk, 220).cosine;
  const Template close = campus.again(campus.people[5], accept - 0.02F);
  const auto ask = [&] { return campus.gallery.identify(close, campus.by(kRisk)); };
  for (std::uint32_t i = 0; i < RefusalBudget{}.per_caller; ++i) {
    EXPECT_EQ(ask().searched().num_withheld, 0U);
  }
  const Identification found = ask();
  EXPECT_EQ(found.searched().num_withheld, 1U);
  EXPECT_EQ(found.searched().num_subjects, 219U);
  EXPECT_EQ(found.accept().at_least, campus.threshold(kRisk, 219));
}

TEST_F(RiskSearch, OfAClaimIsThatOfOneSubject) {
  const VerifyOptions options{.risk = Risk{{1e-3}}, .calibration = campus.calibration};
  const Verification compared =
      campus.gallery.verify(Buildings::name_of(5), campus.people[5], options);
  EXPECT_TRUE(compared.accepted());
  EXPECT_EQ(compared.accept().at_least,
            campus.calibration->threshold_for(Fmr{1e-3}, 2).accept.at_least);
  EXPECT_EQ(decide(compared, {.risk = Risk{{1e-3}}}).reason, Reason::accepted);
}

TEST_F(RiskSearch, RefusesWhatItCannotBeBy) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  IdentifyOptions both = campus.by({{0.05}});
  both.accept = {{0.5F}};
  IdentifyOptions none = campus.by({{0.05}});
  none.calibration = nullptr;
  for (const IdentifyOptions& bad :
       {both, none, IdentifyOptions{}, campus.by({{0.0}}), campus.by({{1.0}}), campus.by({{kNan}}),
        campus.by({{0.05}, 0})}) {
    EXPECT_ERRC(campus.gallery.identify(campus.people[5], bad), Errc::invalid_argument);
    const VerifyOptions claim{
        .accept = bad.accept, .risk = bad.risk, .calibration = bad.calibration};
    EXPECT_ERRC(campus.gallery.verify(Buildings::name_of(5), campus.people[5], claim),
                Errc::invalid_argument);
  }
  IdentifyOptions other = campus.by({{0.05}});
  other.calibration = std::make_shared<const Calibration>(test::falling());  // of another model
  EXPECT_ERRC(campus.gallery.identify(campus.people[5], other), Errc::model_mismatch);
}

}  // namespace
}  // namespace morgiana
