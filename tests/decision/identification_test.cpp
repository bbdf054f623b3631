#include <gtest/gtest.h>

#include "morgiana/search.hpp"

namespace morgiana {
namespace {

std::vector<std::string> names(const Identification& found) {
  std::vector<std::string> result;
  for (const Candidate& candidate : found.candidates()) result.push_back(candidate.subject.str());
  return result;
}

using Names = std::vector<std::string>;

TEST(Identification, ListsTheBestFirstAndTiesBySubjectId) {
  const Identification found({.accept = {{0.4F}}},
                             {{"b", {0.5F}}, {"c", {0.9F}}, {"a", {0.5F}}, {"B", {0.5F}}}, {});
  EXPECT_EQ(names(found), (Names{"c", "B", "a", "b"}));
}

TEST(Identification, AcceptsAScoreThatIsTheThreshold) {
  const Identification found({.accept = {{0.5F}}}, {{"a", {0.5F}}}, {});
  EXPECT_EQ(names(found), Names{"a"});
}

TEST(Identification, CutsTheListAndStillCountsAll) {
  const Identification found({.accept = {{0.1F}}, .max_candidates = 2},
                             {{"a", {0.3F}}, {"b", {0.2F}}, {"c", {0.4F}}}, {});
  EXPECT_EQ(names(found), (Names{"c", "a"}));
  EXPECT_EQ(found.num_accepted(), 3U);
}

TEST(Identification, NamesTheRunnerUpInsideTheMarginEvenBelowTheThreshold) {
  const Identification found({.accept = {{0.5F}}, .margin = 0.25F},
                             {{"a", {0.625F}}, {"b", {0.4375F}}}, {});
  EXPECT_EQ(names(found), Names{"a"});
  ASSERT_TRUE(found.runner_up().has_value());
  EXPECT_EQ(found.runner_up()->str(), "b");
}

TEST(Identification, HasNoRunnerUpExactlyAtTheMargin) {
  const Identification found({.accept = {{0.5F}}, .margin = 0.25F}, {{"a", {0.75F}}, {"b", {0.5F}}},
                             {});
  EXPECT_FALSE(found.runner_up().has_value());
}

TEST(Identification, HasNoRunnerUpWhereNobodyIsAccepted) {
  const Identification found({.accept = {{0.5F}}, .margin = 0.25F},
                             {{"a", {0.45F}}, {"b", {0.44F}}}, {});
  EXPECT_TRUE(names(found).empty());
  EXPECT_FALSE(found.runner_up().has_value());
}

TEST(Identification, ShowsScoresOnlyWhereTheyWereAsked) {
  const std::vector<ScoredSubject> subjects = {{"a", {0.75F}}};
  const Identification silent({.accept = {{0.5F}}}, subjects, {});
  EXPECT_FALSE(silent.candidates()[0].score.has_value());
  const Identification open({.accept = {{0.5F}}, .include_scores = true}, subjects, {});
  EXPECT_EQ(open.candidates()[0].score->cosine, 0.75F);
}

}  // namespace
}  // namespace morgiana
