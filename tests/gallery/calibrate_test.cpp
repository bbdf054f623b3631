#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

/// People of two references each, kept here as well, in the order in which they are enrolled.
struct Enrolled : Campus {
  void add(const Template& one, const Template& other, Cohorts cohorts = {}) {
    const SubjectId id("p" + std::to_string(num_people++));
    gallery.enrol(std::vector{Enrolment{id, {one, other}, cohorts}});
    references.push_back(one);
    references.push_back(other);
  }
  void add_people(int count, Cohorts cohorts = {}) {
    for (int i = 0; i < count; ++i) {
      const Template known = person();
      add(known, again(known), cohorts);
    }
  }

  static CalibrateOptions options() { return {.data = "made up"}; }

  int num_people = 0;
  std::vector<Template> references;
};

float score(const Template& a, const Template& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    sum += double{a.values()[i]} * double{b.values()[i]};
  }
  return static_cast<float>(sum);
}

/// What the estimate says of all pairs, each compared here.
std::vector<CalibrationCurve> of_all_pairs(
    const std::vector<Template>& references, const std::vector<CalibrationPoint>& points,
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& excluded = {}) {
  std::vector<std::uint32_t> identity_of;
  std::vector<ImagePair> mated;
  std::vector<ImagePair> non_mated;
  const float floor = points.front().threshold.cosine;
  for (std::uint32_t i = 0; i < references.size(); ++i) {
    identity_of.push_back(i / 2);
    for (std::uint32_t k = 0; k < i; ++k) {
      const float s = score(references[k], references[i]);
      if (k / 2 == i / 2) mated.push_back({k, i, s});
      if (k / 2 != i / 2 && s >= floor) non_mated.push_back({k, i, s});
    }
  }
  EstimateOptions options;
  for (const CalibrationPoint& point : points) options.thresholds.push_back(point.threshold);
  return estimate({identity_of, mated, non_mated, floor, excluded}, options);
}

void expect_same_rates(const Calibration& calibration, const std::vector<CalibrationCurve>& all) {
  ASSERT_EQ(calibration.curves().size(), all.size());
  for (std::size_t c = 0; c < all.size(); ++c) {
    const CalibrationCurve& found = calibration.curves()[c];
    ASSERT_EQ(found.points.size(), all[c].points.size());
    EXPECT_EQ(found.num_subjects, all[c].num_subjects);
    for (std::size_t i = 0; i < found.points.size(); ++i) {
      EXPECT_EQ(found.points[i].num_identity_pairs, all[c].points[i].num_identity_pairs);
      EXPECT_NEAR(found.points[i].fmr.value, all[c].points[i].fmr.value, 1e-12);
      EXPECT_NEAR(found.points[i].fpir.bounds.high, all[c].points[i].fpir.bounds.high, 1e-12);
      EXPECT_FALSE(found.points[i].fnmr);
    }
  }
}

TEST(Calibrate, SaysWhatAllPairsOfReferencesSay) {
  Enrolled campus;
  campus.add_people(160);
  const GalleryCalibration found = campus.gallery.calibrate(Enrolled::options());
  const Calibration& calibration = found.calibration;
  EXPECT_EQ(calibration.model(), campus.model);
  EXPECT_EQ(calibration.evidence().num_identities, 160U);
  EXPECT_EQ(calibration.evidence().num_images, 320U);
  EXPECT_EQ(found.num_subjects, 160U);
  const std::vector<CalibrationPoint>& points = calibration.curves()[0].points;
  EXPECT_GT(points.size(), 5U);
  EXPECT_GT(points.front().num_identity_pairs, 30U);
  expect_same_rates(calibration, of_all_pairs(campus.references, points));
  EXPECT_TRUE(found.duplicates.empty() && found.hubs.empty());
}

TEST(Calibrate, NamesDuplicatesAndLeavesOutThoseThatWereAdjudicated) {
  Enrolled campus;
  campus.add_people(120);
  const Template twice = campus.references[14];  // of p7
  campus.add(campus.again(twice), campus.again(twice, 0.8));
  CalibrateOptions options = Enrolled::options();
  options.checks.duplicate = {{0.7F}};
  const GalleryCalibration found = campus.gallery.calibrate(options);
  EXPECT_EQ(found.duplicates, (std::vector<SubjectPair>{{SubjectId("p7"), SubjectId("p120")}}));
  options.excluded = {{SubjectId("p120"), SubjectId("p7")}, {SubjectId("p7"), SubjectId("p120")}};
  const GalleryCalibration without = campus.gallery.calibrate(options);
  EXPECT_TRUE(without.duplicates.empty());
  EXPECT_EQ(without.calibration.evidence().num_excluded_pairs, 1U);
  const auto& points = without.calibration.curves()[0].points;
  expect_same_rates(without.calibration, of_all_pairs(campus.references, points, {{7, 120}}));
  EXPECT_LT(points[0].fmr.value, found.calibration.curves()[0].points[0].fmr.value);
}

TEST(Calibrate, NamesHubs) {
  Enrolled campus;
  campus.add_people(110);
  const Template middle = campus.person();
  for (int i = 0; i < 20; ++i) {
    const Template near = campus.again(middle, 0.75);
    campus.add(near, campus.again(near, 0.99));
  }
  campus.add(middle, campus.again(middle, 0.99));
  CalibrateOptions options = Enrolled::options();
  options.checks = {.hub = {{0.7F}}, .max_hub_matches = 19};
  EXPECT_EQ(campus.gallery.calibrate(options).hubs, std::vector{SubjectId("p130")});
  options.checks.max_hub_matches = 20;
  EXPECT_TRUE(campus.gallery.calibrate(options).hubs.empty());
}

TEST(Calibrate, ComparesTheCohortAskedForAndNoMoreThanAllowed) {
  Enrolled campus;
  campus.add_people(110, {0b01});
  campus.add_people(130, {0b10});
  CalibrateOptions options = Enrolled::options();
  options.cohorts = {0b10};
  const GalleryCalibration south = campus.gallery.calibrate(options);
  EXPECT_EQ(south.num_subjects, 130U);
  const std::vector<Template> theirs(campus.references.begin() + 220, campus.references.end());
  expect_same_rates(south.calibration, of_all_pairs(theirs, south.calibration.curves()[0].points));
  options.cohorts = {};
  options.max_subjects = 120;  // every second one
  const GalleryCalibration some = campus.gallery.calibrate(options);
  EXPECT_EQ(some.num_subjects, 120U);
  EXPECT_EQ(some.num_references, 240U);
  std::vector<Template> drawn;
  for (std::size_t i = 1; i < 240; i += 2) {
    drawn.push_back(campus.references[2 * i]);
    drawn.push_back(campus.references[2 * i + 1]);
  }
  expect_same_rates(some.calibration, of_all_pairs(drawn, some.calibration.curves()[0].points));
}

TEST(Calibrate, KnowsNobodyWhoWasRemoved) {
  Enrolled campus;
  campus.add_people(121);
  campus.gallery.remove("p0");
  campus.reopen();
  const GalleryCalibration found = campus.gallery.calibrate(Enrolled::options());
  const std::vector<Template> left(campus.references.begin() + 2, campus.references.end());
  expect_same_rates(found.calibration, of_all_pairs(left, found.calibration.curves()[0].points));
}

TEST(Calibrate, AnswersForARisk) {
  Enrolled campus;
  campus.add_people(200);
  const auto calibration = std::make_shared<const Calibration>(
      campus.gallery.calibrate(Enrolled::options()).calibration);
  const Identification found = campus.gallery.identify(
      campus.references[10], {.risk = Risk{{0.5}}, .calibration = calibration});
  EXPECT_EQ(found.resolved()->predicted.support, Support::observed);
  EXPECT_EQ(decide(found, {.risk = Risk{{0.5}}}).subject, SubjectId("p5"));
  EXPECT_TRUE(departures(*calibration, *calibration).empty());
}

TEST(Calibrate, RefusesWhatSaysNothing) {
  Enrolled campus;
  campus.add_people(99);
  EXPECT_ERRC(campus.gallery.calibrate(Enrolled::options()), Errc::invalid_argument);
  campus.add_people(1);
  EXPECT_EQ(campus.gallery.calibrate(Enrolled::options()).num_subjects, 100U);
  CalibrateOptions bad = Enrolled::options();
  bad.data = "two\nlines";
  EXPECT_ERRC(campus.gallery.calibrate(bad), Errc::invalid_argument);
  bad = Enrolled::options();
  bad.excluded = {{SubjectId("p1"), SubjectId("nobody")}};
  EXPECT_ERRC(campus.gallery.calibrate(bad), Errc::unknown_subject);
  bad.excluded = {{SubjectId("p1"), SubjectId("p1")}};
  EXPECT_ERRC(campus.gallery.calibrate(bad), Errc::invalid_argument);
  bad = Enrolled::options();
  bad.checks.duplicate = {{0.0F}};  // half of all pairs
  EXPECT_ERRC(campus.gallery.calibrate(bad), Errc::invalid_argument);
  bad = Enrolled::options();
  bad.execution.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_ERRC(campus.gallery.calibrate(bad), Errc::deadline_exceeded);
  struct Stop {};
  bad = Enrolled::options();
  bad.progress = [](std::uint64_t, std::uint64_t) { throw Stop{}; };
  EXPECT_THROW(campus.gallery.calibrate(bad), Stop);
}

}  // namespace
}  // namespace morgiana
