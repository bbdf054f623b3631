#include "gallery/verify.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "gallery/enrolled.hpp"
#include "gallery/model_check.hpp"
#include "gallery/option_check.hpp"
#include "gallery/reference_reader.hpp"
#include "index/exact_score.hpp"
#include "morgiana/error.hpp"
#include "types/reference_key.hpp"

namespace morgiana {

Verification verify(Parts& parts, const SubjectId& claimed, const Template& probe,
                    const VerifyOptions& options) {
  check(options);
  check_model(parts, probe);
  const auto [state, row] = find_newest(parts, claimed);
  if (!row) {
    throw Error(Errc::unknown_subject, "subject '" + claimed.str() + "' is not enrolled");
  }
  ReferenceReader reader(state.records, parts.vault);
  Score best{-std::numeric_limits<float>::infinity()};
  for (std::uint32_t number = 0; number < row->num_references; ++number) {
    const auto values = reader.read(reference_key(row->subject_key, number));
    if (values.empty()) {
      throw Error(Errc::not_authentic, "reference " + std::to_string(number) + " of subject '" +
                                           claimed.str() + "' is missing");
    }
    best = std::max(best, index::exact_score(parts.kernels, probe.values(), values));
  }
  return {options, claimed, best};
}

}  // namespace morgiana
