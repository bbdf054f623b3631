#pragma once

#include <optional>

#include "morgiana/context.hpp"
#include "morgiana/outcome.hpp"
#include "morgiana/policy.hpp"
#include "morgiana/rules.hpp"
#include "morgiana/search.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

struct Decision {
  Outcome outcome;
  Reason reason;
  std::optional<SubjectId> subject;  // with granted only
  Policy policy;
};

namespace detail {

inline Decision refuse(Reason reason, const Policy& policy) {
  return {outcome_of(reason), reason, std::nullopt, policy};
}

inline Decision grant(const SubjectId& subject, const Policy& policy) {
  return {Outcome::granted, Reason::accepted, subject, policy};
}

inline bool covers(const IdentifyOptions& asked, const Assurance& assurance, const Policy& policy) {
  return is_number(asked.margin) && is_number(assurance.miss_probability) &&
         reaches({normal_bound(policy.accept.at_least.cosine)}, asked.accept.at_least) &&
         normal_bound(asked.margin) >= normal_bound(policy.margin) &&
         assurance.miss_probability <= policy.assurance.miss_probability;
}

/// By scores, threshold and margin of a valid policy, whatever its rules.
inline Decision compared(const Identification& found, const Policy& policy) {
  if (!covers(found.options_, found.searched_.assurance, policy)) {
    return refuse(Reason::search_too_narrow, policy);
  }
  const bool nobody_is_withheld = found.searched_.num_withheld == 0;
  if (found.searched_.num_references == 0 && nobody_is_withheld) {
    return refuse(Reason::empty_gallery, policy);
  }
  if (found.leaders_.empty() || !reaches(found.leaders_[0].score, policy.accept.at_least)) {
    return refuse(nobody_is_withheld ? Reason::no_candidate : Reason::withheld, policy);
  }
  if (is_ambiguous(found.leaders_, policy.margin)) return refuse(Reason::ambiguous, policy);
  return grant(found.leaders_[0].subject, policy);
}

inline Decision compared(const Verification& found, const Policy& policy) {
  const bool is_moved_from = found.claimed_.str().empty();
  if (is_moved_from || !reaches(found.best_, policy.accept.at_least)) {
    return refuse(Reason::claim_rejected, policy);
  }
  return grant(found.claimed_, policy);
}

template <class Found>
Decision decide_without_context(const Found& found, const Policy& policy) {
  if (fault_of(policy)) return refuse(Reason::invalid_policy, policy);
  if (!policy.rules.is_empty()) return refuse(Reason::context_missing, policy);
  return compared(found, policy);
}

template <class Found>
Decision decide_in_context(const Found& found, const Policy& policy, const Context& context) {
  if (fault_of(policy)) return refuse(Reason::invalid_policy, policy);
  if (const auto reason = refusal_of_transaction(policy.rules, context)) {
    return refuse(*reason, policy);
  }
  const Decision decision = compared(found, policy);
  if (decision.outcome != Outcome::granted) return decision;
  const auto reason = refusal_of_subject(policy.rules, context, *decision.subject);
  return reason ? refuse(*reason, policy) : decision;
}

template <class Found>
std::optional<SubjectId> accepted_subject(const Found& found, const Policy& policy) {
  return fault_of(policy) ? std::nullopt : compared(found, policy).subject;
}

}  // namespace detail

/// Grants, denies, asks for a step up or declines to say, from scores, threshold, margin, rules and
/// context alone. Pure: equal arguments give equal decisions, whenever and wherever.
/// Rules only narrow: nobody is granted whom the comparison does not grant.
/// The first of these is the reason: the policy; the transaction (its context, clocks, attempts,
/// expiry, amount); the comparison; the subject (facts, access, debounce, anti-passback, the day's
/// limit, a second factor). From invalid_context on that is the order of Reason.
/// Where two subjects are within the margin it is step_up, whatever second factor there was: search
/// again among fewer people (IdentifyOptions::cohorts), say by digits of a phone number.
/// A search that could not have seen what the policy asks for is not_determined, never granted.
inline Decision decide(const Identification& found, const Policy& policy, const Context& context) {
  return detail::decide_in_context(found, policy, context);
}

inline Decision decide(const Verification& found, const Policy& policy, const Context& context) {
  return detail::decide_in_context(found, policy, context);
}

/// Without a context, of a policy without rules; any other is not_determined.
inline Decision decide(const Identification& found, const Policy& policy) {
  return detail::decide_without_context(found, policy);
}

inline Decision decide(const Verification& found, const Policy& policy) {
  return detail::decide_without_context(found, policy);
}

/// Whom the comparison accepts, to look up Context::facts for. Not yet granted: the rules have not
/// been asked.
inline std::optional<SubjectId> subject_in_question(const Identification& found,
                                                    const Policy& policy) {
  return detail::accepted_subject(found, policy);
}

inline std::optional<SubjectId> subject_in_question(const Verification& found,
                                                    const Policy& policy) {
  return detail::accepted_subject(found, policy);
}

}  // namespace morgiana
