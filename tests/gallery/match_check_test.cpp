#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "gallery/held_enrolment.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

/// Another capture scores 0.9, a stranger of 64 dimensions below 0.7.
constexpr Threshold kSamePerson{{0.8F}};

EnrolOptions refusing_duplicates() {
  return {.execution = {.executor = {}, .max_threads = 2}, .checks = {.duplicate = kSamePerson}};
}

Enrolment person(const std::string& id, std::vector<Template> references) {
  return {SubjectId(id), std::move(references)};
}

TEST(MatchCheck, RefusesWhoIsEnrolledByAnotherName) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const std::vector both{person("bob", {campus.person()}),
                         person("eve", {campus.person(), campus.again(ada)})};
  try {
    campus.gallery.enrol(both, refusing_duplicates());
    FAIL() << "enrolled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::duplicate_enrolment);
    EXPECT_STREQ(error.what(),
                 "reference 1 of subject 'eve' matches subject 'ada'; nothing was changed");
  }
  EXPECT_EQ(campus.gallery.stats().num_subjects, 1U);
  campus.gallery.enrol(both);
  EXPECT_EQ(campus.gallery.stats().num_subjects, 3U) << "without a threshold nothing is compared";
}

TEST(MatchCheck, EnrolsStrangersAndSeveralReferencesOfOne) {
  Campus campus;
  std::vector<Enrolment> people;
  for (int i = 0; i < 300; ++i) {
    const Template first = campus.person();
    people.push_back(person("p" + std::to_string(i), {first, campus.again(first)}));
  }
  campus.gallery.enrol(people, refusing_duplicates());
  EXPECT_EQ(campus.gallery.stats().num_references, 600U);
}

TEST(MatchCheck, ComparesThoseOfACallWithEachOther) {
  Campus campus;
  std::vector<Enrolment> people;
  for (int i = 0; i < 300; ++i) {
    people.push_back(person("p" + std::to_string(i), {campus.person()}));
  }
  people.push_back(person("twin", {campus.again(people[5].references[0])}));
  try {
    campus.gallery.enrol(people, refusing_duplicates());
    FAIL() << "enrolled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::duplicate_enrolment);
    EXPECT_STREQ(error.what(),
                 "reference 0 of subject 'p5' matches subject 'twin'; nothing was "
                 "changed");
  }
}

TEST(MatchCheck, LooksIntoEveryCohort) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol(std::vector{Enrolment{SubjectId("ada"), {ada}, Cohorts{1}}});
  const std::vector other{Enrolment{SubjectId("eve"), {campus.again(ada)}, Cohorts{2}}};
  EXPECT_ERRC(campus.gallery.enrol(other, refusing_duplicates()), Errc::duplicate_enrolment);
}

TEST(MatchCheck, OfAnUpdateLeavesOutWhoIsUpdated) {
  Campus campus;
  const Template ada = campus.person();
  const Template bob = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {bob});
  campus.gallery.update(std::vector{person("ada", {campus.again(ada)})}, refusing_duplicates());
  EXPECT_ERRC(
      campus.gallery.update(std::vector{person("ada", {campus.again(bob)})}, refusing_duplicates()),
      Errc::duplicate_enrolment);
  EXPECT_EQ(campus.find(ada), Names{"ada"});
}

TEST(MatchCheck, OfANameThatIsTakenSaysSo) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  EXPECT_ERRC(
      campus.gallery.enrol(std::vector{person("ada", {campus.again(ada)})}, refusing_duplicates()),
      Errc::duplicate_subject);
}

TEST(MatchCheck, RefusesAHub) {
  Campus campus;
  const Template centre = campus.person();
  std::vector<Enrolment> around;
  for (int i = 0; i < 6; ++i) {
    around.push_back(person("a" + std::to_string(i), {campus.again(centre, 0.6)}));
  }
  campus.gallery.enrol(std::span(around).first(4));
  EnrolOptions options{.checks = {.hub = {{0.55F}}, .max_hub_matches = 5}};
  const Enrolment hub = person("hub", {centre});
  campus.gallery.enrol(std::vector{hub}, options);
  campus.gallery.remove("hub");
  // Four are enrolled, and two more come with it.
  const std::vector together{hub, around[4], around[5]};
  EXPECT_ERRC(campus.gallery.enrol(together, options), Errc::hub_reference);
  options.checks.max_hub_matches = 6;
  campus.gallery.enrol(together, options);
}

TEST(MatchCheck, OfSeveralAtOnceLetsOneThrough) {
  Campus campus;
  const Template who = campus.person();
  std::atomic<int> num_enrolled = 0;
  {
    HeldEnrolment slow(campus, "slow");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, one = std::vector{person("name " + std::to_string(i), {who})}] {
        try {
          campus.gallery.enrol(one, refusing_duplicates());
          ++num_enrolled;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Errc::duplicate_enrolment) << error.what();
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // all wait by now, most likely
    slow.release();
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(num_enrolled, 1);
}

TEST(MatchCheck, OverMissingRecordsSaysSo) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  test::run_sql(campus.path, "DELETE FROM refs");
  EXPECT_ERRC(campus.gallery.enrol(std::vector{person("eve", {ada})}, refusing_duplicates()),
              Errc::not_authentic);
}

TEST(MatchCheck, RefusesAThresholdThatIsNone) {
  Campus campus;
  const std::vector one{person("ada", {campus.person()})};
  for (const float bad : {1.5F, -1.5F, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_ERRC(campus.gallery.enrol(one, {.checks = {.duplicate = {{bad}}}}),
                Errc::invalid_argument);
    EXPECT_ERRC(campus.gallery.enrol(one, {.checks = {.hub = {{bad}}}}), Errc::invalid_argument);
  }
}

TEST(MatchCheck, EndsAtItsDeadline) {
  Campus campus;
  campus.gallery.enrol("bob", {campus.person()});
  EnrolOptions options = refusing_duplicates();
  options.execution.deadline = std::chrono::steady_clock::time_point::min();
  EXPECT_ERRC(campus.gallery.enrol(std::vector{person("ada", {campus.person()})}, options),
              Errc::deadline_exceeded);
}

}  // namespace
}  // namespace morgiana
