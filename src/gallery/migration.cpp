#include "morgiana/migration.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "gallery/option_check.hpp"

namespace morgiana {
namespace {

constexpr std::size_t kPage = 1000;

IdentifyOptions search_for(const Policy& policy, const PassOptions& options) {
  return {.accept = policy.accept,
          .margin = policy.margin,
          .max_candidates = 1,
          .assurance = policy.assurance,
          .cohorts = options.cohorts,
          .exclude = options.exclude,
          .caller = options.caller};
}

/// What must hold by the older model before somebody is enrolled by the newer one: over everybody,
/// and proven.
Policy enrolment_policy(const MigrationPolicy& policy) {
  return {policy.enrol_at, policy.enrol_margin, Assurance::proven()};
}

void check(const MigrationPolicy& policy) {
  const Policy enrolment = enrolment_policy(policy);
  for (const Policy& one : {policy.older, policy.newer, enrolment}) {
    if (one.risk) {
      throw Error(Errc::invalid_argument,
                  "a migration compares by thresholds: its policies have no risk");
    }
    check(search_for(one, {}));
    if (one.rules.is_empty()) continue;
    throw Error(Errc::invalid_argument,
                "a migration compares, and knows no context: its policies have no rules");
  }
  if (!detail::reaches(policy.enrol_at.at_least, policy.older.accept.at_least) ||
      policy.enrol_margin < policy.older.margin) {
    throw Error(Errc::invalid_argument,
                "who is enrolled by the newer model needs at least what the older one accepts: "
                "enrol_at is below older.accept, or enrol_margin below older.margin");
  }
}

void check_model(const Template& probe, const ModelId& model, const char* gallery) {
  if (probe.model() == model) return;
  throw Error(Errc::model_mismatch, "the probe for the " + std::string(gallery) +
                                        " gallery is of model " + probe.model().name +
                                        ", and its references are of model " + model.name);
}

/// Neither granted nor denied by a search that compared somebody.
bool is_open(const Decision& decision) {
  const bool is_settled =
      decision.outcome == Outcome::granted || decision.outcome == Outcome::denied;
  return !is_settled && decision.reason != Reason::empty_gallery;
}

/// The decision of both. Denied is a claim about everybody: no search may have left it open.
const Decision& refused_by(const Decision& older, const Decision& newer) {
  if (is_open(older)) return older;
  if (is_open(newer)) return newer;
  return older.outcome == Outcome::denied ? older : newer;
}

/// Removes who is there; none where nobody is.
std::optional<Removal> remove_present(Gallery& gallery, std::vector<SubjectId> subjects) {
  while (!subjects.empty()) {
    try {
      return gallery.remove(subjects);
    } catch (const Error& error) {
      if (error.code() != Errc::unknown_subject) throw;
    }
    // It had the turn of the writer before it failed: an enrolment that began before has ended, and
    // is seen here.
    std::erase_if(subjects, [&](const SubjectId& id) { return !gallery.contains(id); });
  }
  return std::nullopt;
}

/// Where an anchor could not be moved, a change is made all the same.
bool is_made(const Error& error) {
  return error.code() == Errc::anchor_failed;
}

/// What became of an enrolment.
struct Attempt {
  Reenrolment result;
  std::optional<Error> error = std::nullopt;
};

/// One photograph before two galleries.
class Crossing {
 public:
  Crossing(Gallery& older, Gallery& newer, const MigrationPolicy& policy,
           const Template& older_probe, const Template& newer_probe, const PassOptions& options)
      : older_(older),
        newer_(newer),
        policy_(policy),
        older_probe_(older_probe),
        newer_probe_(newer_probe),
        options_(options) {}

  Pass run() {
    Pass pass = answer();
    if (!is_granted_by_older_) return pass;
    Attempt attempt = migrate(*pass.decision.subject);
    if (attempt.result == Reenrolment::changed) {  // and maybe revoked: say who it is by now
      pass = answer();
      if (!is_granted_by_older_) return pass;
    }
    pass.reenrolment = attempt.result;
    pass.error = std::move(attempt.error);
    return pass;
  }

 private:
  Pass answer() {
    const Decision newer = decide(
        newer_.identify(newer_probe_, search_for(policy_.newer, options_), options_.execution),
        policy_.newer);
    found_ = older_.identify(older_probe_, search_for(policy_.older, options_), options_.execution);
    const Decision older = decide(*found_, policy_.older);
    is_granted_by_older_ = false;
    if (newer.subject && older.subject && newer.subject != older.subject) {
      return {{Outcome::not_determined, Reason::models_disagree, std::nullopt, newer.policy},
              std::nullopt};
    }
    if (newer.outcome == Outcome::granted)
      return {newer, newer_probe_.model(), Reenrolment::already};
    if (older.outcome != Outcome::granted) return {refused_by(older, newer), std::nullopt};
    is_granted_by_older_ = true;
    return {older, older_probe_.model()};
  }

  /// Errors: why who was removed meanwhile could not be taken out again.
  Attempt migrate(const SubjectId& who) {
    std::optional<EnrolledSubject> known;
    Attempt attempt{};
    try {
      if (newer_.contains(who)) return {Reenrolment::already};
      known = older_.enrolled(who);
      if (!known) return {Reenrolment::changed};
      if (const auto obstacle = obstacle_to(who)) return {*obstacle};
      attempt = enrol(who, *known);
    } catch (const Error& error) {
      return {Reenrolment::failed, error};
    }
    if (attempt.result != Reenrolment::enrolled || is_still(who, known->enrolment)) return attempt;
    try {
      remove_present(newer_, {who});
    } catch (const Error& error) {
      if (!is_made(error)) throw;
    }
    return {Reenrolment::changed};
  }

  /// Why the older model is not sure enough. The search is made between two looks at the enrolment,
  /// the second one in `enrol`: it speaks for that enrolment alone.
  std::optional<Reenrolment> obstacle_to(const SubjectId& who) const {
    const Policy wanted = enrolment_policy(policy_);
    // Who does not reach it is not searched for: that would count against his RefusalBudget.
    const Policy score_alone{wanted.accept, policy_.older.margin, policy_.older.assurance};
    if (decide(*found_, score_alone).outcome != Outcome::granted) return Reenrolment::too_weak;
    const Identification found = older_.identify(
        older_probe_, search_for(wanted, {.caller = options_.caller}), options_.execution);
    if (found.searched().num_withheld > 0) return Reenrolment::withheld;
    if (decide(found, wanted).subject != who) return Reenrolment::too_weak;
    return std::nullopt;
  }

  /// The older gallery is asked again in the turn of the newer one's writer: a removal from both
  /// comes before, and is seen, or takes out of the newer gallery afterwards.
  Attempt enrol(const SubjectId& who, const EnrolledSubject& known) {
    struct Changed {};
    const auto ask_again = [&](std::uint64_t, std::uint64_t) {
      const std::optional<EnrolledSubject> now = older_.enrolled(who);
      if (!now || now->enrolment != known.enrolment) throw Changed{};
    };
    const std::array one{Enrolment{who, {newer_probe_}, known.cohorts}};
    try {
      newer_.enrol(one, {options_.execution, ask_again, {.duplicate = policy_.newer.accept}});
      return {Reenrolment::enrolled};
    } catch (const Changed&) {
      return {Reenrolment::changed};
    } catch (const Error& error) {
      if (is_made(error)) return {Reenrolment::enrolled, error};
      if (error.code() == Errc::duplicate_subject) return {Reenrolment::already};
      if (error.code() == Errc::duplicate_enrolment) return {Reenrolment::resembles_another};
      throw;
    }
  }

  /// Whether the enrolment stands that was compared; not where that cannot be known.
  bool is_still(const SubjectId& who, std::uint64_t enrolment) const {
    try {
      const std::optional<EnrolledSubject> now = older_.enrolled(who);
      return now && now->enrolment == enrolment;
    } catch (const Error&) {
      return false;
    }
  }

  Gallery& older_;
  Gallery& newer_;
  const MigrationPolicy& policy_;
  const Template& older_probe_;
  const Template& newer_probe_;
  const PassOptions& options_;
  std::optional<Identification> found_;  // in the older gallery
  bool is_granted_by_older_ = false;     // and not by the newer one
};

/// Calls `see` with the ids of `older` behind `after` that `newer` has not, until it returns false.
/// Returns how many ids there were.
template <class See>
std::uint64_t for_each_remaining(const Gallery& older, const Gallery& newer, std::string after,
                                 See see) {
  std::uint64_t num_all = 0;
  for (;;) {
    const std::vector<SubjectId> page = older.subjects(kPage, after);
    for (const SubjectId& id : page) {
      ++num_all;
      if (!newer.contains(id) && !see(id)) return num_all;
    }
    if (page.size() < kPage) return num_all;
    after = page.back().str();
  }
}

}  // namespace

Migration::Migration(Gallery& older, Gallery& newer, const MigrationPolicy& policy)
    : older_(&older),
      newer_(&newer),
      policy_(policy),
      older_model_(older.stats().model),
      newer_model_(newer.stats().model) {
  check(policy);
  if (older_model_ == newer_model_) {
    throw Error(Errc::invalid_argument,
                "both galleries are of model " + newer_model_.name +
                    "; a migration is from one model to another, and a copy is a backup");
  }
  newer.flush();  // refuses one that follows, before the first pass is to be enrolled
}

Pass Migration::identify(const Template& older_probe, const Template& newer_probe,
                         const PassOptions& options) {
  check_model(older_probe, older_model_, "older");
  check_model(newer_probe, newer_model_, "newer");
  return Crossing(*older_, *newer_, policy_, older_probe, newer_probe, options).run();
}

MigrationRemoval Migration::remove(std::span<const SubjectId> subjects) {
  if (subjects.empty()) throw Error(Errc::invalid_argument, "there is nobody to remove");
  for (const SubjectId& id : subjects) {
    if (older_->contains(id) || newer_->contains(id)) continue;
    throw Error(Errc::unknown_subject,
                "subject '" + id.str() + "' is enrolled in neither gallery; nobody was removed");
  }
  const std::vector<SubjectId> all(subjects.begin(), subjects.end());
  MigrationRemoval removal;
  std::exception_ptr not_anchored;
  try {
    removal.older = remove_present(*older_, all);
  } catch (const Error& error) {
    if (!is_made(error)) throw;
    not_anchored = std::current_exception();
  }
  removal.newer =
      remove_present(*newer_, all);  // the newer one last: no pass can enrol them any more
  if (not_anchored) std::rethrow_exception(not_anchored);
  return removal;
}

MigrationRemoval Migration::remove(const SubjectId& subject) {
  return remove(std::span(&subject, 1));
}

MigrationProgress Migration::progress() const {
  std::uint64_t num_remaining = 0;
  const std::uint64_t num_all = for_each_remaining(*older_, *newer_, "", [&](const SubjectId&) {
    ++num_remaining;
    return true;
  });
  return {num_all - num_remaining, num_all};
}

std::vector<SubjectId> Migration::remaining(std::size_t limit, const std::string& after) const {
  std::vector<SubjectId> ids;
  if (limit == 0) return ids;
  for_each_remaining(*older_, *newer_, after, [&](const SubjectId& id) {
    ids.push_back(id);
    return ids.size() < limit;
  });
  return ids;
}

}  // namespace morgiana
