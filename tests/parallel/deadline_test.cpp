#include <chrono>
#include <optional>
#include <string>

#include "errors.hpp"
#include "parallel/deadline.hpp"

namespace morgiana::parallel {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(Deadline, NoneNeverPasses) {
  EXPECT_NO_THROW(Deadline(std::nullopt).check());
}

TEST(Deadline, OneToComeHasNotPassed) {
  EXPECT_NO_THROW(Deadline(Deadline::Clock::now() + hours(24)).check());
  EXPECT_NO_THROW(Deadline(Deadline::Clock::time_point::max()).check());
}

TEST(Deadline, OnePastIsExceededAndSaysByHowManyMilliseconds) {
  const Deadline deadline(Deadline::Clock::now() - seconds(7000));
  EXPECT_ERRC(deadline.check(), Errc::deadline_exceeded);
  try {
    deadline.check();
  } catch (const Error& error) {
    // 7,000,000 ms and what has passed since: below 8,000,000 for a quarter of an hour.
    const std::string message = error.what();
    EXPECT_NE(message.find(" 7"), std::string::npos) << message;
    EXPECT_EQ(message.find(" ms ago") - message.find(" 7"), 8U) << message;
  }
}

TEST(Deadline, TheEarliestOfAllIsPastToo) {
  EXPECT_ERRC(Deadline(Deadline::Clock::time_point::min()).check(), Errc::deadline_exceeded);
}

}  // namespace
}  // namespace morgiana::parallel
