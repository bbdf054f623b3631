#include "gallery/option_check.hpp"

#include <sstream>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana {

bool is_set(const Threshold& threshold) noexcept {
  return threshold.at_least.cosine != Threshold{}.at_least.cosine;
}

namespace {

void check(const Threshold& accept) {
  const float least = accept.at_least.cosine;
  if (!is_set(accept)) {
    throw Error(Errc::invalid_argument,
                "neither a threshold was set, the least score from -1 to 1, nor a risk");
  }
  if (!(least >= -1.0F && least <= 1.0F)) {
    throw Error(Errc::invalid_argument,
                "threshold " + std::to_string(least) + " is not a cosine from -1 to 1");
  }
}

/// By one or the other.
template <class Options>
void check_acceptance(const Options& options) {
  if (!options.risk) {
    check(options.accept);
    return;
  }
  if (is_set(options.accept)) {
    throw Error(Errc::invalid_argument,
                "both a threshold and a risk were set; the threshold of a risk follows from it");
  }
  if (!detail::is_valid(options.risk->at_most)) {
    throw Error(Errc::invalid_argument, "a risk of " + std::to_string(options.risk->at_most.rate) +
                                            " is not between 0 and 1");
  }
  if (options.risk->num_probes == 0) {
    throw Error(Errc::invalid_argument, "a transaction has at least one probe, the risk says 0");
  }
  if (options.calibration == nullptr) {
    throw Error(Errc::invalid_argument,
                "a risk needs a calibration, which says what the scores of a model stand for");
  }
}

void check(const Assurance& assurance) {
  const double miss = assurance.miss_probability;
  if (miss == 0 || (miss >= 1e-15 && miss <= 0.01)) return;
  std::ostringstream message;
  message << "a miss probability of " << miss << " is neither 0 (proven) nor from 1e-15 to 0.01";
  throw Error(Errc::invalid_argument, message.str());
}

/// It is kept in a file and shown in messages.
void check_caller(const std::string& caller) {
  if (caller.empty()) return;
  try {
    const SubjectId same_rules(caller);
  } catch (const Error&) {
    throw Error(Errc::invalid_argument,
                "a caller's tag is empty or, as an id, up to 256 bytes of UTF-8 without control "
                "characters");
  }
}

}  // namespace

void check(const IdentifyOptions& options) {
  check_acceptance(options);
  check_caller(options.caller);
  check(options.assurance);
  if (!(options.margin >= 0.0F && options.margin <= 2.0F)) {
    throw Error(Errc::invalid_argument,
                "margin " + std::to_string(options.margin) + " is not from 0 to 2");
  }
  if (options.max_candidates == 0) {
    throw Error(Errc::invalid_argument, "max_candidates is 0; at least one can be listed");
  }
  if (options.cohorts.bits == 0) {
    throw Error(Errc::invalid_argument, "no cohort is to be searched; all bits set search all");
  }
}

void check(const EnrolChecks& checks) {
  if (is_set(checks.duplicate)) check(checks.duplicate);
  if (is_set(checks.hub)) check(checks.hub);
}

void check(const VerifyOptions& options) {
  check_acceptance(options);
  check_caller(options.caller);
}

void check(const RefusalBudget& budget) {
  if (budget.per_caller == 0 || budget.per_subject == 0) {
    throw Error(Errc::invalid_argument,
                "a budget of no refusals withholds everybody after the first; at least 1");
  }
  if (budget.per_caller > budget.per_subject) {
    throw Error(Errc::invalid_argument, "a budget of " + std::to_string(budget.per_caller) +
                                            " refusals to a caller and " +
                                            std::to_string(budget.per_subject) +
                                            " to all callers: the first is a part of the second");
  }
  if (!(budget.band >= 0.0F && budget.band <= 2.0F)) {
    throw Error(Errc::invalid_argument, "the band below the threshold in which refusals count, " +
                                            std::to_string(budget.band) + ", is not from 0 to 2");
  }
}

}  // namespace morgiana
