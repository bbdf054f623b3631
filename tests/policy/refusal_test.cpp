#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "morgiana/error.hpp"
#include "errors.hpp"
#include "sample.hpp"

namespace morgiana {
namespace {

using namespace test;

/// The message of bad_policy; any other end is told instead.
std::string refusal(const std::string& json) {
  try {
    parsed(json);
  } catch (const Error& error) {
    return error.code() == Errc::bad_policy ? error.what() : std::string(name(error.code()));
  }
  return "accepted";
}

struct Case {
  std::string json;
  std::string message;  // how it begins
};

void expect_refused(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const std::string message = refusal(one.json);
    EXPECT_EQ(message.substr(0, one.message.size()), one.message) << one.json << "\n" << message;
  }
}

std::string replaced(const std::string& before, const std::string& after) {
  std::string text = kSmallest;
  EXPECT_NE(text.find(before), text.npos) << before;
  return text.replace(text.find(before), before.size(), after);
}

TEST(Refusal, NamesFileLineAndField) {
  const std::string text = with_rules(R"("amounts": [
    {"currency": "EUR", "up_to": 1500, "needs": "face"},
    {"currency": "EUR",
     "needs": "step_up",
     "up_to": 1500
    }
  ])");
  EXPECT_EQ(refusal(text),
            "p.json:6: rules.amounts[1].up_to: is above every tier of the currency before it");
}

TEST(Refusal, OfWhatIsNoJson) {
  expect_refused({
      {"", "p.json:1: is no JSON: syntax error while parsing value - unexpected end of input"},
      {"\n\n {\"format\": 1,\n}", "p.json:4: is no JSON: syntax error while parsing object key"},
      {kSmallest + "\n}", "p.json:2: is no JSON: syntax error"},
      {kSmallest + kSmallest, "p.json:1: is no JSON"},
      {kSmallest + "\n// a comment", "p.json:2: is no JSON"},
      {replaced("0.5", "NaN"), "p.json:1: is no JSON"},
      {replaced("0.5", "-Infinity"), "p.json:1: is no JSON"},
      {replaced("0.5", "1e999"), "p.json:1: is no JSON: number overflow"},
      {replaced("0.5", "0x1p-1"), "p.json:1: is no JSON"},
      {replaced("0.5", ".5"), "p.json:1: is no JSON"},
      {replaced("1", "01"), "p.json:1: is no JSON"},
      {replaced("\"n\"", "\"\xC0\xAF\""), "p.json:1: is no JSON: syntax error"},
      {replaced("\"n\"", "\"\xED\xA0\x80\""), "p.json:1: is no JSON"},
      {replaced("\"n\"", "\"\\ud800\""), "p.json:1: is no JSON"},
      {replaced("\"n\"", "'n'"), "p.json:1: is no JSON"},
      {std::string("\0", 1) + kSmallest, "p.json:1: is no JSON: it holds a zero byte"},
      {kSmallest + std::string("\n\0{", 3), "p.json:2: is no JSON: it holds a zero byte"},
      {"\xEF\xBB\xBF" + kSmallest, "p.json:1: is no JSON: it begins with a mark"},
  });
}

TEST(Refusal, ShowsNoByteThatATerminalWouldObey) {
  const std::string message = refusal(replaced("\"n\"", "\"\xC3\x28\x1B[2J\""));
  EXPECT_NE(message.find("p.json:1: is no JSON"), message.npos) << message;
  for (const char c : message) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << message;
  EXPECT_LT(refusal(replaced("\"n\"", '"' + std::string(60'000, 'x'))).size(), 300U);
}

TEST(Refusal, OfDeepNesting) {
  EXPECT_EQ(refusal(std::string(9, '[')), "p.json:1: is nested deeper than 8 levels");
  EXPECT_EQ(refusal(std::string(60'000, '[')), "p.json:1: is nested deeper than 8 levels");
}

TEST(Refusal, OfFieldsThatAreUnknownTwiceOrMissing) {
  expect_refused({
      {replaced("\"margin\"", "\"margins\""), "p.json:1: margin: is missing"},
      {replaced("\"margin\": 0", "\"margin\": 0,\n\"risks\": 1"),
       "p.json:2: risks: is not a field that is known here"},
      {replaced("\"margin\": 0", "\"margin\": 0,\n\"margin\": 0"),
       "p.json:2: the field margin is there twice"},
      {replaced("\"at_least\": 0.5", ""), "p.json:1: accept.at_least: is missing"},
      {replaced("\"at_least\": 0.5", "\"at_least\": 0.5, \"fmr\": 1e-4"),
       "p.json:1: accept.fmr: is not a field that is known here"},
      {"{}", "p.json:1: format: is missing"},
      {"[]", "p.json:1: is an object, got a list"},
      {replaced("\"format\": 1", "\"format\": 0"), "p.json:1: format: is a whole number from 1 to"},
      {with_rules("\"acces\": []"), "p.json:2: rules.acces: is not a field that is known here"},
      {with_rules(R"("access": [{"area": "a", "day": "mon"}])"),
       "p.json:2: rules.access[0].day: is not a field that is known here"},
      {with_rules(R"("access": [{"area": "a"}, {}])"),
       "p.json:2: rules.access[1].area: is missing"},
      {with_rules(R"("anti_passback": [{"area": "a", "mode": "soft"}])"),
       "p.json:2: rules.anti_passback[0].mode: is not a field that is known here"},
      {with_rules(R"("amounts": [{"currency": "EUR", "up_to": 1}])"),
       "p.json:2: rules.amounts[0].needs: is missing"},
      {with_rules(R"("day_limits": [{"currency": "EUR", "up_to": 1, "needs": "face"}])"),
       "p.json:2: rules.day_limits[0].needs: is not a field that is known here"},
  });
}

TEST(Refusal, OfANewerFormatSaysThatItIsNewer) {
  const std::string newer = replaced("\"format\": 1", "\"format\": 2");
  EXPECT_ERRC(parsed(newer), Errc::unsupported_format);
  EXPECT_EQ(thrown_message([&] { parsed(newer); }),
            "p.json:1: format: is 2, this build reads up to 1");
}

TEST(Refusal, OfAnotherType) {
  expect_refused({
      {replaced("0.5", "\"0.5\""), "p.json:1: accept.at_least: is a number, got \"0.5\""},
      {replaced("{\"at_least\": 0.5}", "0.5"), "p.json:1: accept: is an object, got 0.5"},
      {replaced("\"n\"", "7"), "p.json:1: name: is a text of 1 to 256 bytes"},
      {replaced("\"n\"", "\"\""), "p.json:1: name: is a text of 1 to 256 bytes"},
      {replaced("\"n\"", "\"a\\u0000b\""), "p.json:1: name: is a text of 1 to 256 bytes"},
      {replaced("\"version\": 1", "\"version\": 1.0"),
       "p.json:1: version: is a whole number from 0"},
      {replaced("\"version\": 1", "\"version\": true"), "p.json:1: version: is a whole number"},
      {with_rules("\"debounce_s\": null"), "p.json:2: rules.debounce_s: is a whole number from 0"},
      {with_rules("\"debounce_s\": 5e0"), "p.json:2: rules.debounce_s: is a whole number from 0"},
      {with_rules("\"access\": {}"),
       "p.json:2: rules.access: is a list that is not empty, got an object"},
      {with_rules("\"access\": []"),
       "p.json:2: rules.access: is a list that is not empty, got a list"},
      {with_rules("\"access\": [\"a\"]"), "p.json:2: rules.access[0]: is an object, got \"a\""},
  });
}

TEST(Refusal, OfNumbersOutOfTheirRange) {
  expect_refused({
      {replaced("0.5", "1.0000001"), "p.json:1: accept.at_least: is a cosine from -1 to 1"},
      {replaced("0.5", "45"), "p.json:1: accept.at_least: is a cosine from -1 to 1"},
      {replaced("\"margin\": 0", "\"margin\": -0.1"), "p.json:1: margin: is from 0 to 2"},
      {replaced("\"margin\": 0", "\"margin\": 0, \"assurance\": {\"miss_probability\": 0.5}"),
       "p.json:1: assurance.miss_probability: is 0, or from 1e-15 to 0.01"},
      {replaced("\"margin\": 0", "\"margin\": 0, \"assurance\": \"probable\""),
       "p.json:1: assurance: is one of proven, got \"probable\""},
      {replaced("\"version\": 1", "\"version\": 4294967296"),
       "p.json:1: version: is a whole number from 0 to 4294967295, got 4294967296"},
      {with_rules("\"debounce_s\": 0"), "p.json:2: rules.debounce_s: is at least 1"},
      {with_rules("\"max_attempts\": -1"),
       "p.json:2: rules.max_attempts: is a whole number from 0"},
      {with_rules(R"("amounts": [{"currency": "EUR", "up_to": -1, "needs": "face"}])"),
       "p.json:2: rules.amounts[0].up_to: is a whole number from 0 to 9223372036854775807, got -1"},
      {with_rules(
           R"("amounts": [{"currency": "EUR", "up_to": 9223372036854775808, "needs": "face"}])"),
       "p.json:2: rules.amounts[0].up_to: is a whole number from 0 to 9223372036854775807, got 92"},
      {with_rules(R"("amounts": [{"currency": "euro", "up_to": 1, "needs": "face"}])"),
       "p.json:2: rules.amounts[0].currency: is three letters"},
      {with_rules(R"("amounts": [{"currency": "EUR", "up_to": 1, "needs": "pin"}])"),
       "p.json:2: rules.amounts[0].needs: is one of face, step_up, got \"pin\""},
      {with_rules(R"("anti_passback": [{"area": "a"}, {"area": "a"}])"),
       "p.json:2: rules.anti_passback[1].area: is in the list already"},
  });
}

TEST(Refusal, OfTiersThatOverlapOrNeedLess) {
  const std::string euro = R"({"currency": "EUR", "up_to": 5, "needs": "step_up"})";
  expect_refused({
      {with_rules("\"amounts\": [" + euro + "," + euro + "]"),
       "p.json:2: rules.amounts[1].up_to: is above every tier"},
      {with_rules("\"amounts\": [" + euro +
                  R"(,{"currency": "EUR", "up_to": 6, "needs": "face"}])"),
       "p.json:2: rules.amounts[1].needs: is no less than a smaller amount needs"},
      {with_rules("\"amounts\": [" + euro +
                  R"(], "day_limits": [{"currency": "USD", "up_to": 6}])"),
       "p.json:2: rules.day_limits[0].currency: is one that rules.amounts has"},
  });
}

TEST(Refusal, OfDaysAndTimesThatAreNone) {
  const auto access = [](const std::string& fields) {
    return with_rules("\"access\": [{\"area\": \"a\", " + fields + "}]");
  };
  expect_refused({
      {access(R"("weekdays": ["mon", "Monday"])"),
       "p.json:2: rules.access[0].weekdays[1]: is one of mon, tue, wed, thu, fri, sat, sun, got"},
      {access(R"("weekdays": [])"), "p.json:2: rules.access[0].weekdays: is a list"},
      {access(R"("weekdays": ["mon", "mon"])"),
       "p.json:2: rules.access[0].weekdays[1]: is in the list already"},
      {access(R"("cohorts": [64])"), "p.json:2: rules.access[0].cohorts[0]: is a whole number"},
      {access(R"("cohorts": [3, 3])"), "p.json:2: rules.access[0].cohorts[1]: is in the list"},
      {access(R"("from": "24:00")"), "p.json:2: rules.access[0].from: is from 00:00 to 23:59"},
      {access(R"("from": "08:00", "to": "08:00")"),
       "p.json:2: rules.access[0].to: is another time than from"},
  });
  for (const char* const time : {"8:00", "08:60", "24:01", "25:00", "08.00", "08:0x", "-1:00",
                                 "08:000", "08:00 ", "99:99", "+8:00"}) {
    EXPECT_EQ(refusal(access("\"to\": \"" + std::string(time) + "\"")),
              "p.json:2: rules.access[0].to: is a time HH:MM from 00:00 to 24:00, got \"" +
                  std::string(time) + "\"");
  }
}

TEST(Refusal, OfTooManyEntries) {
  std::string list;
  for (int i = 0; i < 257; ++i) list += std::string(i == 0 ? "" : ",") + "{\"area\":\"a\"}";
  EXPECT_EQ(refusal(with_rules("\n\"access\": [" + list + "]")),
            "p.json:3: rules.access: has 256 entries at most");
}

TEST(Refusal, OfEveryFileThatIsCut) {
  const std::string whole = with_rules(R"("access": [{"area": "a", "from": "08:00"}])");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(refusal(whole.substr(0, length)), "accepted") << length;
  }
  EXPECT_EQ(refusal(whole), "accepted");
}

}  // namespace
}  // namespace morgiana
