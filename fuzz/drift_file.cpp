// An alarm's file: understood whole, or refused as one that is not; what is read goes on.
#include <string>
#include <string_view>

#include "input.hpp"
#include "morgiana/drift_file.hpp"

using namespace morgiana;

namespace {

/// Whatever it holds, it counts on, and its e-values are numbers.
void require_goes_on(DriftAlarm alarm) {
  const std::string cohort = alarm.options().cohorts.front();
  const auto observe = [&](std::uint64_t num_hits) {
    try {
      alarm.observe_false_accepts(cohort, Fpir{0.01}, 1, num_hits, 2'000'000'000);
    } catch (const Error& error) {
      fuzz::require(error.code() == Errc::invalid_argument, "what is not counted is refused");
    }
  };
  for (int i = 0; i < 100; ++i) observe(i % 2 == 0 ? 0U : 1U);
  for (const DriftStatus& one : alarm.status()) {
    fuzz::require(detail::is_number(one.e_value) && one.e_value >= 0.0, "an e-value is a number");
    fuzz::require(one.ring || one.e_value < one.rings_at, "what is due has rung");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  const std::string text(reinterpret_cast<const char*>(data), num_bytes);
  try {
    const DriftAlarm read = parse_drift_alarm(text, "a.json");
    const std::string written = to_json(read);
    fuzz::require(parse_drift_alarm(written, "a.json") == read, "what is written is read again");
    require_goes_on(read);
  } catch (const Error& error) {
    fuzz::require(
        error.code() == Errc::invalid_argument || error.code() == Errc::unsupported_format,
        "a refusal is invalid_argument, or of a newer format");
    for (const char c : std::string_view(error.what())) {
      fuzz::require(c >= 0x20 && c < 0x7F, "a refusal can be printed");
    }
  }
  return 0;
}
