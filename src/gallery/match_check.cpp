#include "gallery/match_check.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gallery/encoder.hpp"
#include "gallery/identify.hpp"
#include "gallery/option_check.hpp"
#include "index/exact_score.hpp"
#include "index/query.hpp"
#include "index/search.hpp"
#include "morgiana/error.hpp"
#include "parallel/deadline.hpp"

namespace morgiana {
namespace {

/// Other subjects that a reference matches.
struct Matches {
  std::size_t num_subjects = 0;
  std::optional<SubjectId> one = {};
};

/// A reference of the call: whose, and which of theirs.
struct Place {
  std::size_t enrolment;
  std::size_t number;
};

/// New references beside what is enrolled, and beside each other.
class MatchCheck {
 public:
  MatchCheck(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options)
      : parts_(parts),
        enrolments_(enrolments),
        options_(options),
        deadline_(options.execution.deadline),
        state_{parts.index.view(), parts.database.snapshot()},
        others_({parts.dim(), false, true}) {
    index::Draft draft = others_.draft();
    index::Code code(parts.dim());
    Encoder encoder(state_.view->rotation());
    for (std::size_t i = 0; i < enrolments.size(); ++i) {
      if (state_.records.subject_key(enrolments[i].subject.str()))
        ids_.push_back(enrolments[i].subject);
      deadline_.check();
      for (std::size_t k = 0; k < enrolments[i].references.size(); ++k) {
        const std::span<const float> values = enrolments[i].references[k].values();
        encoder.encode(values, code);
        draft.append(
            {reference_key(i, static_cast<std::uint32_t>(k)), ~std::uint64_t{0}, code, values});
        places_.push_back({i, k});
      }
    }
    others_.publish(std::move(draft));
  }

  void run() const {
    constexpr std::size_t kAtOnce = 256;
    for (std::size_t first = 0; first < places_.size(); first += kAtOnce) {
      run(std::span(places_).subspan(first, std::min(kAtOnce, places_.size() - first)));
    }
  }

 private:
  void run(std::span<const Place> places) const {
    std::vector<Template> probes;
    for (const Place& place : places) probes.push_back(reference(place));
    const EnrolChecks& checks = options_.checks;
    if (is_set(checks.duplicate)) {
      const std::vector<Matches> found = matches(places, probes, checks.duplicate);
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].num_subjects == 0) continue;
        throw Error(Errc::duplicate_enrolment, described(places[i]) + " matches subject '" +
                                                   found[i].one->str() + "'; nothing was changed");
      }
    }
    if (is_set(checks.hub)) {
      const std::vector<Matches> found = matches(places, probes, checks.hub);
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].num_subjects <= checks.max_hub_matches) continue;
        throw Error(Errc::hub_reference, described(places[i]) + " matches other subjects, " +
                                             std::to_string(found[i].num_subjects) +
                                             " of them, and " +
                                             std::to_string(checks.max_hub_matches) +
                                             " are allowed; nothing was changed");
      }
    }
  }

  std::vector<Matches> matches(std::span<const Place> places, std::span<const Template> probes,
                               const Threshold& threshold) const {
    std::vector<Matches> all = matches_of_the_call(places, threshold);
    const IdentifyOptions search{.accept = threshold, .max_candidates = 1, .exclude = ids_};
    const std::vector<Identification> enrolled =
        identify_in(state_, parts_, probes, search, options_.execution);
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].num_subjects += enrolled[i].num_accepted();
      if (enrolled[i].num_accepted() > 0) all[i].one = enrolled[i].candidates().front().subject;
    }
    return all;
  }

  std::vector<Matches> matches_of_the_call(std::span<const Place> places,
                                           const Threshold& threshold) const {
    std::vector<Matches> all(places.size());
    if (enrolments_.size() == 1) return all;
    std::vector<index::Query> queries;
    for (const Place& place : places) {
      queries.push_back(index::make_query(state_.view->rotation(), reference(place).values(),
                                          threshold.at_least.cosine, 0));
    }
    const auto view = others_.view();
    constexpr std::size_t kBlocksAtOnce = 256;  // what survives of them is a megabyte of pairs
    std::vector<std::size_t> last(places.size(), enrolments_.size());
    for (std::size_t first = 0; first < view->num_blocks(); first += kBlocksAtOnce) {
      const std::vector<index::Scanned> found = index::search(
          *view, queries, {first, std::min(first + kBlocksAtOnce, view->num_blocks())},
          {parts_.kernels, ~std::uint64_t{0}, deadline_}, options_.execution);
      for (std::size_t i = 0; i < places.size(); ++i) {
        deadline_.check();
        for (const index::Survivor& survivor : found[i].survivors) {
          const std::size_t whose = subject_key_of(survivor.key);
          if (whose == places[i].enrolment || whose == last[i]) continue;
          const Score score = index::exact_score(parts_.kernels, reference(places[i]).values(),
                                                 std::span(survivor.values, parts_.dim()));
          if (score < threshold.at_least) continue;
          last[i] = whose;
          ++all[i].num_subjects;
          all[i].one = enrolments_[whose].subject;
        }
      }
    }
    return all;
  }

  const Template& reference(const Place& place) const {
    return enrolments_[place.enrolment].references[place.number];
  }

  std::string described(const Place& place) const {
    return "reference " + std::to_string(place.number) + " of subject '" +
           enrolments_[place.enrolment].subject.str() + "'";
  }

  Parts& parts_;
  std::span<const Enrolment> enrolments_;
  const EnrolOptions& options_;
  parallel::Deadline deadline_;
  State state_;                 // before the call
  index::CodeIndex others_;     // of the call, its enrolments numbered
  std::vector<SubjectId> ids_;  // that are enrolled already
  std::vector<Place> places_;
};

}  // namespace

bool are_wanted(const EnrolChecks& checks) noexcept {
  return is_set(checks.duplicate) || is_set(checks.hub);
}

void check_matches(Parts& parts, std::span<const Enrolment> enrolments,
                   const EnrolOptions& options) {
  MatchCheck(parts, enrolments, options).run();
}

}  // namespace morgiana
