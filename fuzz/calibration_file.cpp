// A calibration file: understood whole, or refused as one that is not.
#include <string>
#include <string_view>

#include "input.hpp"
#include "morgiana/calibration_file.hpp"

using namespace morgiana;

namespace {

/// Whatever it holds, it says a risk or that it has none.
void require_answers(const Calibration& read) {
  for (const std::uint64_t num_subjects : {1U, 100U, 1000000U}) {
    const PredictedRisk risk = read.risk({0.4F}, {num_subjects, num_subjects});
    fuzz::require(0.0 <= risk.bounds.low && risk.bounds.low <= risk.bounds.high &&
                      risk.bounds.high <= 1.0 && 0.0 <= risk.fpir && risk.fpir <= 1.0,
                  "a risk is a probability");
    const ResolvedRisk resolved = read.threshold_for(Fpir{0.01}, {num_subjects, num_subjects});
    const bool is_set = resolved.predicted.support != Support::unsupported;
    fuzz::require(is_set == detail::reaches({1.0F}, resolved.accept.at_least),
                  "a threshold is there where the risk is supported");
    fuzz::require(!is_set || resolved.predicted.bounds.high <= 0.01, "the risk is kept");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  const std::string text(reinterpret_cast<const char*>(data), num_bytes);
  try {
    const Calibration read = parse_calibration(text, "c.json");
    const std::string written = to_json(read);
    fuzz::require(to_json(parse_calibration(written, "c.json")) == written,
                  "what is written is read again");
    require_answers(read);
  } catch (const Error& error) {
    fuzz::require(error.code() == Errc::bad_calibration || error.code() == Errc::unsupported_format,
                  "a refusal is bad_calibration, or of a newer format");
    for (const char c : std::string_view(error.what())) {
      fuzz::require(c >= 0x20 && c < 0x7F, "a refusal can be printed");
    }
  }
  return 0;
}
