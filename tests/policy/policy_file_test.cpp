#include "morgiana/policy_file.hpp"

#include <algorithm>
#include <cfloat>
#include <clocale>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "errors.hpp"
#include "sample.hpp"

namespace morgiana {
namespace {

using namespace test;

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string example_of_the_documentation() {
  const std::string text = whole_file(MORGIANA_DOCS "/policy.md");
  const std::string fence = "```json\n";
  const std::size_t begin = text.find(fence) + fence.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(PolicyFile, ReadsTheExampleOfTheDocumentation) {
  const PolicyFile file = parsed(example_of_the_documentation());
  EXPECT_EQ(file.name, "cafeteria");
  EXPECT_EQ(file.version, 3U);
  EXPECT_EQ(file.policy.accept.at_least, Score{detail::at_or_above(0.45)});
  EXPECT_EQ(file.policy.margin, detail::at_or_above(0.05));
  EXPECT_EQ(file.policy.assurance, Assurance::proven());
  const Rules expected{
      .access = {{"till", {}, {0b0011111}, 7 * 60, 20 * 60},
                 {"till", {0b1000}, {}, 20 * 60, 2 * 60}},
      .anti_passback = {{"lab", 43'200}},
      .debounce_s = 5,
      .amounts = {{{1500, "EUR"}, Needs::face}, {{10'000, "EUR"}, Needs::step_up}},
      .day_limits = {{15'000, "EUR"}},
      .max_attempts = 3,
      .max_transaction_s = 60,
      .max_capture_age_s = 10,
  };
  EXPECT_EQ(file.policy.rules, expected);
}

TEST(PolicyFile, WithoutRulesHasNone) {
  EXPECT_TRUE(parsed(kSmallest).policy.rules.is_empty());
  EXPECT_TRUE(parsed(with_rules("")).policy.rules.is_empty());
}

TEST(PolicyFile, LowersNoBoundByRounding) {
  for (const char* const number : {"0.45", "0.1", "0.4320000001", "-0.3", "1e-60", "1"}) {
    const std::string text =
        R"({"format":1,"name":"n","version":1,"margin":0.1,"accept":{"at_least":)" +
        std::string(number) + "}}";
    const float read = parsed(text).policy.accept.at_least.cosine;
    EXPECT_GE(double{read}, std::stod(number)) << number;
    EXPECT_LE(double{read}, std::stod(number) + FLT_EPSILON) << number;
  }
}

TEST(PolicyFile, ReadsNumbersInAnyLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) GTEST_SKIP() << "there is no de_DE.UTF-8";
  const PolicyFile file = parsed(kSmallest);
  std::setlocale(LC_ALL, before.c_str());
  EXPECT_EQ(file.policy.accept.at_least, Score{0.5F});
}

TEST(PolicyFile, TakesAnAssurance) {
  const auto with = [](const std::string& assurance) {
    const std::string whole = kSmallest.substr(0, kSmallest.size() - 1);
    return parsed(whole + ", \"assurance\": " + assurance + "}").policy.assurance;
  };
  EXPECT_EQ(with(R"("proven")"), Assurance::proven());
  EXPECT_EQ(with(R"({"miss_probability": 1e-9})"), Assurance::probable());
  EXPECT_EQ(with(R"({"miss_probability": 0})"), Assurance::proven());
}

TEST(PolicyFile, IsByAThresholdOrByARisk) {
  const auto by = [](const std::string& accept) {
    return R"({"format": 1, "name": "n", "version": 1, "margin": 0)" + accept + "}";
  };
  const Policy policy = parsed(by(R"(, "risk": {"fpir": 0.01, "probes": 3})")).policy;
  EXPECT_EQ(policy.risk, (Risk{{0.01}, 3}));
  EXPECT_EQ(parsed(by(R"(, "risk": {"fpir": 0.01})")).policy.risk, Risk{{0.01}});
  const auto refusal = [&](const std::string& accept) {
    return thrown_message([&] { parsed(by(accept)); });
  };
  EXPECT_EQ(refusal(""), "p.json:1: accept: is missing");
  EXPECT_EQ(refusal(",\n"
                    R"("risk": {"fpir": 0.01}, "accept": {"at_least": 0.5})"),
            "p.json:2: accept: is not given beside a risk");
  EXPECT_EQ(refusal(",\n"
                    R"("risk": {"fpir": 0})"),
            "p.json:2: risk.fpir: is above 0 and below 1");
  EXPECT_EQ(refusal(",\n"
                    R"("risk": {"fpir": 0.1, "probes": 0})"),
            "p.json:2: risk.probes: is at least 1");
  EXPECT_EQ(refusal(",\n"
                    R"("risk": {"probes": 1})"),
            "p.json:2: risk.fpir: is missing");
  EXPECT_EQ(refusal(R"(, "risk": {"fpir": 0.1, "probes": 2}, "rules": {)"
                    "\n"
                    R"("max_attempts": 3})"),
            "p.json:2: rules.max_attempts: is at most the probes of the risk");
}

TEST(PolicyFile, TimesAreMinutesOfTheDay) {
  const auto read = [](const std::string& from, const std::string& to) {
    const auto rules = parsed(with_rules("\"access\": [{\"area\": \"a\", \"from\": \"" + from +
                                         "\", \"to\": \"" + to + "\"}]"))
                           .policy.rules;
    return std::pair(rules.access[0].from_minute, rules.access[0].to_minute);
  };
  EXPECT_EQ(read("00:00", "24:00"), std::pair(std::uint16_t{0}, std::uint16_t{1440}));
  EXPECT_EQ(read("23:59", "00:00"), std::pair(std::uint16_t{1439}, std::uint16_t{0}));
}

TEST(Digest, IsThatOfTheMeaning) {
  const std::string digest = parsed(with_rules(R"("debounce_s": 5, "max_attempts": 3)")).digest;
  EXPECT_EQ(digest.size(), 64U);
  const std::string same = R"({"rules":{"max_attempts":3,"debounce_s":5},"margin":-0.0,
      "accept":{"at_least":5e-1},"assurance":"proven","version":1,"name":"\u006e","format":1})";
  EXPECT_EQ(parsed(same).digest, digest);
}

TEST(Digest, ChangesWithEveryField) {
  const std::string example = example_of_the_documentation();
  const std::pair<const char*, const char*> changes[] = {
      {"cafeteria", "cafeterie"},
      {"\"version\": 3", "\"version\": 4"},
      {"0.45", "0.46"},
      {"0.05", "0.06"},
      {"\"proven\"", "{\"miss_probability\": 1e-9}"},
      {"\"till\", \"weekdays\"", "\"hall\", \"weekdays\""},
      {"\"mon\", ", ""},
      {"07:00", "07:01"},
      {"02:00", "02:01"},
      {"[3]", "[4]"},
      {"\"lab\"", "\"hall\""},
      {"43200", "43201"},
      {", \"reset_after_s\": 43200", ""},
      {"\"debounce_s\": 5", "\"debounce_s\": 6"},
      {"1500,", "1501,"},
      {"\"face\"", "\"step_up\""},
      {"15000", "15001"},
      {"\"max_attempts\": 3", "\"max_attempts\": 4"},
      {"\"max_transaction_s\": 60", "\"max_transaction_s\": 61"},
      {"\"max_capture_age_s\": 10", "\"max_capture_age_s\": 11"},
  };
  std::vector<std::string> digests{parsed(example).digest};
  for (const auto& [before, after] : changes) {
    std::string text = example;
    ASSERT_NE(text.find(before), text.npos) << before;
    text.replace(text.find(before), std::string(before).size(), after);
    const std::string digest = parsed(text).digest;
    EXPECT_EQ(std::count(digests.begin(), digests.end(), digest), 0) << before;
    digests.push_back(digest);
  }
}

TEST(PolicyFile, IsLoadedFromAFile) {
  const auto folder = std::filesystem::path(testing::TempDir());
  const std::string path = folder / "policy_file_test.json";
  std::ofstream(path) << with_rules("\n\"debounce_s\": 0");
  try {
    PolicyFile::load(path);
    ADD_FAILURE() << "an invalid policy was loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), path + ":3: rules.debounce_s: is at least 1");
  }
  std::ofstream(path) << kSmallest;
  EXPECT_EQ(PolicyFile::load(path).digest, parsed(kSmallest).digest);
  std::filesystem::remove(path);
  EXPECT_ERRC(PolicyFile::load(path), Errc::not_found);
  EXPECT_ERRC(PolicyFile::load(folder), Errc::storage_failed);
}

TEST(PolicyFile, HasAMostSize) {
  const std::string padded = kSmallest + std::string(PolicyFile::kMaxBytes - kSmallest.size(), ' ');
  EXPECT_EQ(parsed(padded).digest, parsed(kSmallest).digest);
  EXPECT_ERRC(parsed(padded + " "), Errc::bad_policy);
  const std::string path = std::filesystem::path(testing::TempDir()) / "policy_file_size.json";
  std::ofstream(path) << padded + " ";
  EXPECT_ERRC(PolicyFile::load(path), Errc::bad_policy);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace morgiana
