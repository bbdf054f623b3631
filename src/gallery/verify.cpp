#include "gallery/verify.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gallery/enrolled.hpp"
#include "gallery/model_check.hpp"
#include "gallery/option_check.hpp"
#include "gallery/reference_reader.hpp"
#include "index/exact_score.hpp"
#include "morgiana/error.hpp"
#include "types/reference_key.hpp"

namespace morgiana {

namespace {

Score best_score(const Parts& parts, const State& state, const Enrolled& claimed,
                 const SubjectId& id, const Template& probe) {
  ReferenceReader reader(state.records, parts.vault);
  Score best{-std::numeric_limits<float>::infinity()};
  for (std::uint32_t number = 0; number < claimed.num_references; ++number) {
    const auto values = reader.read(reference_key(claimed.subject_key, number));
    if (values.empty()) {
      throw Error(Errc::not_authentic, "reference " + std::to_string(number) + " of subject '" +
                                           id.str() + "' is missing");
    }
    best = std::max(best, index::exact_score(parts.kernels, probe.values(), values));
  }
  return best;
}

/// Before the comparison and again after it, so that the error says nothing of the probe.
void refuse_withheld(const Withheld& withheld, std::uint64_t subject_key, const SubjectId& id,
                     const RefusalBudget& budget) {
  const auto& keys = withheld.subject_keys;
  if (!std::binary_search(keys.begin(), keys.end(), subject_key)) return;
  throw Error(Errc::budget_spent,
              "subject '" + id.str() + "' was refused too often today, " +
                  std::to_string(budget.per_caller) + " times to this caller or " +
                  std::to_string(budget.per_subject) +
                  " times to all, and is withheld until midnight UTC; update enrols anew");
}

}  // namespace

Verification verify(Parts& parts, const SubjectId& claimed, const Template& probe,
                    const VerifyOptions& options) {
  check(options);
  check_model(parts, probe);
  check_model(parts, options.calibration.get());
  const auto [state, row] = find_newest(parts, claimed);
  if (!row) {
    throw Error(Errc::unknown_subject, "subject '" + claimed.str() + "' is not enrolled");
  }
  std::optional<ResolvedRisk> resolved;
  if (options.risk) {
    resolved = parts.risks.resolve(options.calibration, *options.risk, 1, row->num_references);
    if (resolved->predicted.support == Support::unsupported) {
      return Verification(options, claimed, std::nullopt, resolved);
    }
  }
  const auto compare = [&, &records = state, &subject = *row] {
    return Verification(options, claimed, best_score(parts, records, subject, claimed, probe),
                        resolved);
  };
  if (parts.refusals == nullptr) return compare();
  for (;;) {
    const Withheld withheld = parts.refusals->withheld_from(options.caller);
    refuse_withheld(withheld, row->subject_key, claimed, parts.refusals->budget());
    Verification answer = compare();
    std::vector<std::uint64_t> refused;
    if (!answer.accepted()) refused.push_back(row->subject_key);
    if (parts.refusals->count(options.caller, std::span(&refused, 1), withheld.version) == 1) {
      return answer;
    }
  }
}

}  // namespace morgiana
