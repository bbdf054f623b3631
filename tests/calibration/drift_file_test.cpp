#include "morgiana/drift_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "errors.hpp"

using namespace morgiana;

namespace {

/// Of two cohorts, in one of which false accepts have rung.
DriftAlarm some_alarm() {
  DriftAlarm alarm({0.01, {"north \"gate\"", "Süd"}, {{0.4F}, {0.5F}}});
  std::mt19937_64 random(7);
  std::uniform_real_distribution<float> score(0.2F, 0.45F);
  for (int i = 0; i < 300; ++i) {
    alarm.observe_scores("Süd", std::array{Score{score(random)}}, std::array{0.2, 0.02}, 1'000 + i);
    alarm.observe_false_accepts("Süd", Fpir{0.01}, 1, i % 10 == 0 ? 1 : 0, 1'000 + i);
  }
  return alarm;
}

TEST(DriftFile, GoesOnAsIfNothingHadBeen) {
  DriftAlarm alarm = some_alarm();
  ASSERT_TRUE(alarm.has_rung());
  DriftAlarm again = parse_drift_alarm(to_json(alarm), "it");
  EXPECT_EQ(again, alarm);
  for (DriftAlarm* one : {&alarm, &again}) {
    one->observe_false_accepts("north \"gate\"", Fpir{0.003}, 700, 9, 2'000);
    one->observe_scores("Süd", std::array{Score{0.6F}}, std::array{0.3, 0.1}, 2'000);
  }
  EXPECT_EQ(to_json(again), to_json(alarm));

  const std::string path = testing::TempDir() + "alarm.json";
  std::ofstream(path) << to_json(alarm);
  EXPECT_EQ(load_drift_alarm(path), alarm);
  std::remove(path.c_str());
  EXPECT_EQ(test::thrown([&] { load_drift_alarm(path); }), Errc::not_found);
}

TEST(DriftFile, HoldsFalseAcceptsAloneToo) {
  DriftAlarm alarm({0.5, {"all"}, {}});
  alarm.observe_false_accepts("all", Fpir{0.1}, 10, 10, 1);
  EXPECT_EQ(parse_drift_alarm(to_json(alarm), "it"), alarm);
}

TEST(DriftFile, RefusesEveryTextThatIsCut) {
  DriftAlarm alarm({0.5, {"all"}, {}});
  alarm.observe_false_accepts("all", Fpir{0.1}, 10, 10, 1);
  const std::string text = to_json(alarm);
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    EXPECT_EQ(test::thrown([&] { parse_drift_alarm(text.substr(0, i), "it"); }),
              Errc::invalid_argument)
        << i;
  }
}

TEST(DriftFile, SaysWhatIsWrongAndWhere) {
  const std::string text = to_json(some_alarm());
  const auto refused = [&](const std::string& what, const std::string& by) {
    std::string changed = text;
    const std::size_t at = changed.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    changed.replace(at, what.size(), by);
    return test::thrown_message([&] { parse_drift_alarm(changed, "a.json"); });
  };
  EXPECT_EQ(refused("\"alpha\"", "\"beta\""), "a.json:1: alpha: is missing");
  EXPECT_EQ(refused("\"alpha\": 0.01", "\"alpha\": 0.01, \"more\": 1"),
            "a.json:3: more: is not a field that is known here");
  EXPECT_EQ(refused("\"format\": 1", "\"format\": 2"),
            "a.json:2: format: is 2, this build reads up to 1");
  EXPECT_EQ(refused("\"num_hits\": 0", "\"num_hits\": 5"),
            "a.json:14: cohorts[0].false_accepts.evidence[0]: this is no evidence that a stream "
            "leads to");
  EXPECT_EQ(refused("\"threshold\": null", "\"threshold\": 0.4"),
            "a.json:1: the evidence is not that of such an alarm")
      << "false accepts have no threshold";
  EXPECT_EQ(refused("\"Süd\"", "\"north \\\"gate\\\"\""), "a.json:1: a cohort is there twice");
}

TEST(DriftFile, IsNotWrittenOfNamesThatAreNotUtf8) {
  EXPECT_EQ(test::thrown([] {
              to_json(DriftAlarm({0.01, {"\xFF"}, {}}));
            }),
            Errc::invalid_argument);
}

}  // namespace
