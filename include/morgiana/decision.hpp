#pragma once

#include <optional>
#include <string_view>

#include "morgiana/search.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

enum class Outcome { granted, denied, not_determined };

/// Why. Values are appended, never renumbered.
enum class Reason {
  accepted = 1,    // granted: one subject, far enough ahead of the next
  no_candidate,    // denied: no enrolled subject reaches the threshold
  claim_rejected,  // denied: the probe does not match the claimed subject
  ambiguous,       // not determined: a second subject is within the margin
  empty_gallery,   // not determined: nobody was compared, as nobody is enrolled, or nobody of the
                   // cohorts who is not excluded
  search_too_narrow,  // not determined: the search used a higher threshold or a smaller margin, or
                      // was less sure to find everybody
  invalid_policy,     // not determined: the policy's threshold or margin is unset or no cosine
  withheld,           // not determined: no candidate among those compared, and subjects whose
                      // RefusalBudget is spent were not
  models_disagree,    // not determined: the two models of a Migration name different subjects
};

constexpr std::string_view name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::granted: return "granted";
    case Outcome::denied: return "denied";
    case Outcome::not_determined: return "not_determined";
  }
  return "unnamed";
}

constexpr std::string_view name(Reason reason) noexcept {
  switch (reason) {
    case Reason::accepted: return "accepted";
    case Reason::no_candidate: return "no_candidate";
    case Reason::claim_rejected: return "claim_rejected";
    case Reason::ambiguous: return "ambiguous";
    case Reason::empty_gallery: return "empty_gallery";
    case Reason::search_too_narrow: return "search_too_narrow";
    case Reason::invalid_policy: return "invalid_policy";
    case Reason::withheld: return "withheld";
    case Reason::models_disagree: return "models_disagree";
  }
  return "unnamed";
}

/// What must hold before access is granted.
struct Policy {
  Threshold accept;
  float margin = 0.0F;  // least lead over the second subject
  Assurance assurance =
      {};  // least assurance of the search: who could have been missed may be second
};

struct Decision {
  Outcome outcome;
  Reason reason;
  std::optional<SubjectId> subject;  // with granted only
  Policy policy;
};

namespace detail {

inline Decision refuse(Outcome outcome, Reason reason, const Policy& policy) {
  return {outcome, reason, std::nullopt, policy};
}

/// What is no number makes these false, so that they fail closed.
inline bool is_valid(const Policy& policy) {
  const float least = policy.accept.at_least.cosine;
  const double miss = policy.assurance.miss_probability;
  return is_number(least) && is_number(policy.margin) && is_number(miss) && least >= -1.0F &&
         least <= 1.0F && policy.margin >= 0.0F && policy.margin <= 2.0F && miss >= 0 && miss < 1;
}

inline bool covers(const IdentifyOptions& asked, const Assurance& assurance, const Policy& policy) {
  return is_number(asked.margin) && is_number(assurance.miss_probability) &&
         reaches({normal_bound(policy.accept.at_least.cosine)}, asked.accept.at_least) &&
         normal_bound(asked.margin) >= normal_bound(policy.margin) &&
         assurance.miss_probability <= policy.assurance.miss_probability;
}

}  // namespace detail

/// Grants, denies or declines to say, from scores, threshold and margin alone. Pure.
/// A search that could not have seen what the policy asks for is not_determined, never granted.
inline Decision decide(const Identification& found, const Policy& policy) {
  using detail::reaches;
  using detail::refuse;
  if (!detail::is_valid(policy)) {
    return refuse(Outcome::not_determined, Reason::invalid_policy, policy);
  }
  if (!detail::covers(found.options_, found.searched_.assurance, policy)) {
    return refuse(Outcome::not_determined, Reason::search_too_narrow, policy);
  }
  const bool nobody_is_withheld = found.searched_.num_withheld == 0;
  if (found.searched_.num_references == 0 && nobody_is_withheld) {
    return refuse(Outcome::not_determined, Reason::empty_gallery, policy);
  }
  if (found.leaders_.empty() || !reaches(found.leaders_[0].score, policy.accept.at_least)) {
    if (!nobody_is_withheld) return refuse(Outcome::not_determined, Reason::withheld, policy);
    return refuse(Outcome::denied, Reason::no_candidate, policy);
  }
  if (morgiana::detail::is_ambiguous(found.leaders_, policy.margin)) {
    return refuse(Outcome::not_determined, Reason::ambiguous, policy);
  }
  return {Outcome::granted, Reason::accepted, found.leaders_[0].subject, policy};
}

inline Decision decide(const Verification& compared, const Policy& policy) {
  using detail::reaches;
  using detail::refuse;
  if (!detail::is_valid(policy)) {
    return refuse(Outcome::not_determined, Reason::invalid_policy, policy);
  }
  const bool is_moved_from = compared.claimed_.str().empty();
  if (is_moved_from || !reaches(compared.best_, policy.accept.at_least)) {
    return refuse(Outcome::denied, Reason::claim_rejected, policy);
  }
  return {Outcome::granted, Reason::accepted, compared.claimed_, policy};
}

}  // namespace morgiana
