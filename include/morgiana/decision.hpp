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
  /// What the policy's risk came to; none where the policy is by a threshold.
  std::optional<ResolvedRisk> resolved = {};
};

namespace detail {

inline Decision refuse(Reason reason, const Policy& policy) {
  return {outcome_of(reason), reason, std::nullopt, policy};
}

inline Decision grant(const SubjectId& subject, const Policy& policy) {
  return {Outcome::granted, Reason::accepted, subject, policy};
}

/// Whether what a search was by keeps what a policy asks for.
inline bool keeps(const std::optional<Risk>& asked, const Risk& limit) {
  return asked && asked->at_most.rate <= limit.at_most.rate &&
         asked->num_probes >= limit.num_probes;
}

/// The least score that a policy accepts; none where the search was not by its risk.
template <class Found>
std::optional<Score> least_score(const Found& found, const Policy& policy) {
  if (!policy.risk) return policy.accept.at_least;
  if (!keeps(found.options().risk, *policy.risk)) return std::nullopt;
  return found.accept().at_least;
}

template <class Found>
bool is_unsupported(const Found& found) {
  if (!found.options().risk) return false;
  return !found.resolved() || found.resolved()->predicted.support == Support::unsupported;
}

/// Whether a search found everybody who decides, where `least` is accepted.
inline bool covers(const Identification& found, Score least, const Policy& policy) {
  const float margin = found.options().margin;
  const double missed = found.searched().assurance.miss_probability;
  return is_number(margin) && is_number(missed) &&
         reaches({normal_bound(least.cosine)}, found.accept().at_least) &&
         normal_bound(margin) >= normal_bound(policy.margin) &&
         missed <= policy.assurance.miss_probability;
}

/// By scores, threshold and margin of a valid policy, whatever its rules.
inline Decision compared(const Identification& found, const Policy& policy) {
  const bool nobody_is_withheld = found.searched_.num_withheld == 0;
  const bool nobody_is_there = found.searched_.num_references == 0;
  if (is_unsupported(found)) {
    if (!nobody_is_there) return refuse(Reason::risk_unsupported, policy);
    return refuse(nobody_is_withheld ? Reason::empty_gallery : Reason::withheld, policy);
  }
  const std::optional<Score> least = least_score(found, policy);
  if (!least || !covers(found, *least, policy)) return refuse(Reason::search_too_narrow, policy);
  if (nobody_is_there && nobody_is_withheld) return refuse(Reason::empty_gallery, policy);
  if (found.leaders_.empty() || !reaches(found.leaders_[0].score, *least)) {
    return refuse(nobody_is_withheld ? Reason::no_candidate : Reason::withheld, policy);
  }
  if (is_ambiguous(found.leaders_, policy.margin)) return refuse(Reason::ambiguous, policy);
  return grant(found.leaders_[0].subject, policy);
}

inline Decision compared(const Verification& found, const Policy& policy) {
  if (is_unsupported(found)) return refuse(Reason::risk_unsupported, policy);
  const std::optional<Score> least = least_score(found, policy);
  if (!least) return refuse(Reason::search_too_narrow, policy);
  const bool is_moved_from = found.claimed_.str().empty();
  if (is_moved_from || !found.best_ || !reaches(*found.best_, *least)) {
    return refuse(Reason::claim_rejected, policy);
  }
  return grant(found.claimed_, policy);
}

/// The decision with what its policy's risk came to.
template <class Found>
Decision resolved(Decision decision, const Found& found) {
  if (decision.policy.risk) decision.resolved = found.resolved();
  return decision;
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
/// A search that could not have seen what the policy asks for is not_determined, never granted; so
/// is one by a larger risk than the policy's, and one by a risk that its calibration cannot answer
/// for.
inline Decision decide(const Identification& found, const Policy& policy, const Context& context) {
  return detail::resolved(detail::decide_in_context(found, policy, context), found);
}

inline Decision decide(const Verification& found, const Policy& policy, const Context& context) {
  return detail::resolved(detail::decide_in_context(found, policy, context), found);
}

/// Without a context, of a policy without rules; any other is not_determined.
inline Decision decide(const Identification& found, const Policy& policy) {
  return detail::resolved(detail::decide_without_context(found, policy), found);
}

inline Decision decide(const Verification& found, const Policy& policy) {
  return detail::resolved(detail::decide_without_context(found, policy), found);
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
