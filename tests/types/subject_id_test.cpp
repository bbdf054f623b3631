#include "morgiana/subject_id.hpp"

#include <string>

#include "errors.hpp"

namespace morgiana {
namespace {

TEST(SubjectId, TakesUtf8UpToItsLimit) {
  for (const std::string& text :
       {std::string("E-1042"), std::string("Zoë"), std::string("小明"), std::string("\U0001F3AD"),
        std::string(256, 'x'), std::string("\xF4\x8F\xBF\xBF"), std::string("\xC2\xA0")}) {
    EXPECT_EQ(SubjectId(text).str(), text);
  }
}

TEST(SubjectId, RefusesWhatIsNoIdentifier) {
  for (const std::string& text :
       {std::string(), std::string(257, 'x'), std::string("a\0b", 3), std::string("a\nb"),
        std::string("\x7F"), std::string("\x80"), std::string("\xC0\xAF"), std::string("\xC3"),
        std::string("\xC2\x85"), std::string("\xE0\x80\x80"), std::string("\xED\xA0\x80"),
        std::string("\xF4\x90\x80\x80"), std::string("\xF5\x80\x80\x80"),
        std::string("\xE5\xB0")}) {
    EXPECT_ERRC(SubjectId{text}, Errc::invalid_argument);
  }
}

TEST(SubjectId, SortsByBytes) {
  EXPECT_LT(SubjectId("B"), SubjectId("a"));
  EXPECT_LT(SubjectId("z"), SubjectId("é"));
}

}  // namespace
}  // namespace morgiana
