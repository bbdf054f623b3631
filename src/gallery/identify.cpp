#include "gallery/identify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "gallery/enrolled.hpp"
#include "gallery/follow.hpp"
#include "gallery/model_check.hpp"
#include "gallery/option_check.hpp"
#include "gallery/rerank.hpp"
#include "gallery/withheld_subjects.hpp"
#include "index/query.hpp"
#include "index/search.hpp"
#include "morgiana/error.hpp"
#include "parallel/deadline.hpp"
#include "parallel/run.hpp"
#include "types/reference_key.hpp"

namespace morgiana {
namespace {

/// Probes that are answered together, and how many pairs of one with a reference may survive before
/// they are scored: 24 MiB of them.
constexpr std::size_t kProbesAtOnce = 256;
constexpr std::size_t kMostPairs = std::size_t{1} << 20;

/// The least float score that is so far below the threshold.
float floor_below(Score accept, float distance) {
  if (distance == 0.0F) return accept.cosine;
  return std::nextafter(accept.cosine - distance, -std::numeric_limits<float>::infinity());
}

/// Answers, and whom each of them refused.
struct Answers {
  std::vector<Identification> found;
  std::vector<std::vector<std::uint64_t>> refused;
};

/// One identify: what is the same for all its probes.
class Search {
 public:
  /// `band`: how far below the threshold a refusal counts; none where refusals are not counted.
  Search(Parts& parts, const State* state, const IdentifyOptions& options,
         std::optional<float> band, const Execution& execution)
      : parts_(parts),
        state_(state),
        options_(options),
        execution_(execution),
        deadline_(execution.deadline),
        band_(band) {
    deadline_.check();
  }

  /// Each answer is that of one state of the gallery. Nearly always nothing that the scan found is
  /// removed before it is scored, and the state is that of the view; else it is asked for, once.
  Answers answer(std::span<const Template> probes, const Withheld& withheld) const {
    auto answers = state_ != nullptr
                       ? answer_from(*state_->view, &state_->records, probes, withheld)
                       : answer_from(*parts_.index.view(), nullptr, probes, withheld);
    if (!answers && state_ == nullptr) {
      const State state = newest_state(parts_);
      answers = answer_from(*state.view, &state.records, probes, withheld);
    }
    if (!answers) {
      throw Error(Errc::not_authentic,
                  "the records of " + parts_.paths.database +
                      " lack who is enrolled; something else than Morgiana changed the database");
    }
    deadline_.check();
    return std::move(*answers);
  }

 private:
  /// By the records given, or by those of the time when something is looked up: none where a
  /// reference of the view is not in them any more.
  std::optional<Answers> answer_from(const index::CodeView& view, const store::Snapshot* records,
                                     std::span<const Template> probes,
                                     const Withheld& withheld) const {
    std::vector<std::uint64_t> excluded = find_excluded(view, records);
    const WithheldSubjects apart = take_apart(view, withheld, excluded);
    const std::optional<ResolvedRisk> resolved = resolve(view, excluded);
    const bool is_unsupported = resolved && resolved->predicted.support == Support::unsupported;
    if (is_unsupported || !apart.silent.empty()) {
      return nobody_found(probes.size(), whom(view, excluded), apart.size(), resolved);
    }
    const Score accept = detail::threshold_of(options_, resolved).at_least;
    const float floor = floor_below(accept, options_.margin);
    const float least = band_ ? std::min(floor, floor_below(accept, *band_)) : floor;
    std::vector<index::Query> queries;
    for (const Template& probe : probes) {
      queries.push_back(index::make_query(view.rotation(), probe.values(), least,
                                          options_.assurance.miss_probability));
    }
    Rerank rerank(parts_, records, probes, options_, accept, floor, band_, apart, deadline_);
    std::vector<index::Extent> compared(probes.size());
    const std::size_t num_blocks = view.num_blocks();
    const std::size_t at_once = kMostPairs / kernels::kBlockRows / probes.size();
    for (std::size_t first = 0; first < num_blocks; first += at_once) {
      std::vector<Pair> pairs = scan(
          view, {first, std::min(first + at_once, num_blocks)}, queries,
          [&](std::uint64_t key) { return !is_in(excluded, key) || apart.is_compared(key); },
          compared);
      if (!rerank.run(pairs)) return std::nullopt;
    }
    Answers answers;
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const index::Extent extent =
          without(view, options_.cohorts == Cohorts{} ? view.extent() : compared[i], excluded);
      answers.found.push_back(
          rerank.answer(i,
                        {extent.num_subjects, extent.num_references, apart.size(),
                         queries[i].keeps_all() ? Assurance::proven() : options_.assurance},
                        resolved));
      answers.refused.push_back(rerank.refused(i, answers.found.back()));
    }
    return answers;
  }

  /// The threshold of the options' risk among those who are to be compared; none without a risk.
  std::optional<ResolvedRisk> resolve(const index::CodeView& view,
                                      std::span<const std::uint64_t> excluded) const {
    if (!options_.risk) return std::nullopt;
    const index::Extent extent = whom(view, excluded);
    return parts_.risks.resolve(options_.calibration, *options_.risk, extent.num_subjects,
                                extent.num_references);
  }

  /// The answers where no threshold keeps the risk, or none may depend on somebody.
  Answers nobody_found(std::size_t num_probes, const index::Extent& extent,
                       std::size_t num_withheld,
                       const std::optional<ResolvedRisk>& resolved) const {
    const Searched searched{extent.num_subjects, extent.num_references, num_withheld,
                            options_.assurance};
    return {std::vector(num_probes, Identification(options_, {}, searched, 0, resolved)),
            std::vector<std::vector<std::uint64_t>>(num_probes)};
  }

  static bool is_in(std::span<const std::uint64_t> keys, std::uint64_t key) {
    return std::binary_search(keys.begin(), keys.end(), key);
  }

  /// Adds who is withheld to those excluded, and says who of them would have been compared.
  WithheldSubjects take_apart(const index::CodeView& view, const Withheld& withheld,
                              std::vector<std::uint64_t>& excluded) const {
    WithheldSubjects apart;
    for (const std::uint64_t subject : withheld.subject_keys) {
      if (extent_of(view, subject).num_subjects == 0 || is_in(excluded, subject)) continue;
      (is_in(withheld.silent, subject) ? apart.silent : apart.compared).push_back(subject);
    }
    for (const auto* subjects : {&apart.compared, &apart.silent}) {
      excluded.insert(excluded.end(), subjects->begin(), subjects->end());
    }
    std::sort(excluded.begin(), excluded.end());
    return apart;
  }

  /// Subject keys, ascending. Looked up after the view was taken: whom it shows under another key
  /// by now was removed since, and is not answered from it.
  std::vector<std::uint64_t> find_excluded(const index::CodeView& view,
                                           const store::Snapshot* records) const {
    std::vector<std::uint64_t> keys;
    if (options_.exclude.empty()) return keys;
    std::optional<store::Snapshot> newest;
    if (records == nullptr) records = &newest.emplace(parts_.database.snapshot());
    for (const SubjectId& id : options_.exclude) {
      deadline_.check();
      const auto enrolled = find_enrolled(parts_, view, *records, id);
      if (enrolled) keys.push_back(enrolled->subject_key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  /// What survives of a range of blocks.
  template <class IsScored>
  std::vector<Pair> scan(const index::CodeView& view, index::BlockRange range,
                         std::span<const index::Query> queries, IsScored is_scored,
                         std::vector<index::Extent>& compared) const {
    const index::ScanOptions how{parts_.kernels, options_.cohorts.bits, deadline_};
    const std::vector<index::Scanned> found = index::search(view, queries, range, how, execution_);
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < found.size(); ++i) {
      compared[i] += found[i].compared;
      for (const index::Survivor& survivor : found[i].survivors) {
        if (is_scored(subject_key_of(survivor.key))) {
          pairs.push_back({survivor, static_cast<std::uint32_t>(i)});
        }
      }
    }
    return pairs;
  }

  /// Of one subject, as far as it shares a cohort with the search.
  index::Extent extent_of(const index::CodeView& view, std::uint64_t subject) const {
    return view.extent(reference_key(subject, 0), reference_key(subject, kMaxReferenceNumber),
                       options_.cohorts.bits);
  }

  /// Who is to be compared, before anybody is: a pass over the cohorts, where these are not all.
  index::Extent whom(const index::CodeView& view, std::span<const std::uint64_t> excluded) const {
    constexpr std::uint64_t kLastKey = std::numeric_limits<std::uint64_t>::max();
    const bool are_all = options_.cohorts == Cohorts{};
    return without(view, are_all ? view.extent() : view.extent(0, kLastKey, options_.cohorts.bits),
                   excluded);
  }

  index::Extent without(const index::CodeView& view, index::Extent extent,
                        std::span<const std::uint64_t> excluded) const {
    for (const std::uint64_t subject : excluded) {
      const index::Extent out = extent_of(view, subject);
      extent.num_subjects -= out.num_subjects;
      extent.num_references -= out.num_references;
    }
    return extent;
  }

  Parts& parts_;
  const State* state_;  // that is asked about; null for the newest
  const IdentifyOptions& options_;
  const Execution& execution_;
  parallel::Deadline deadline_;
  std::optional<float> band_;
};

/// Keeps of some answers those that the budgets of refusals allow.
void keep_allowed(Refusals& refusals, const IdentifyOptions& options, Answers& some,
                  const Withheld& withheld) {
  const std::size_t allowed = refusals.count(options.caller, some.refused, withheld.version);
  some.found.erase(some.found.begin() + static_cast<std::ptrdiff_t>(allowed), some.found.end());
}

std::vector<Identification> answer(Parts& parts, const State* state, Refusals* refusals,
                                   std::span<const Template> probes, const IdentifyOptions& options,
                                   const Execution& execution) {
  check(options);
  check_model(parts, options.calibration.get());
  parallel::num_threads(execution);
  for (const Template& probe : probes) check_model(parts, probe);
  const bool counts = refusals != nullptr;
  const Search search(parts, state, options,
                      counts ? std::optional(refusals->budget().band) : std::nullopt, execution);
  std::vector<Identification> answers;
  while (answers.size() < probes.size()) {
    const auto left = probes.subspan(answers.size());
    const Withheld withheld = counts ? refusals->withheld_from(options.caller) : Withheld{};
    Answers some = search.answer(left.first(std::min(left.size(), kProbesAtOnce)), withheld);
    if (counts) keep_allowed(*refusals, options, some, withheld);
    std::move(some.found.begin(), some.found.end(), std::back_inserter(answers));
  }
  return answers;
}

}  // namespace

std::vector<Identification> identify(Parts& parts, std::span<const Template> probes,
                                     const IdentifyOptions& options, const Execution& execution) {
  return answer(parts, nullptr, parts.refusals.get(), probes, options, execution);
}

std::vector<Identification> identify_in(const State& state, Parts& parts,
                                        std::span<const Template> probes,
                                        const IdentifyOptions& options,
                                        const Execution& execution) {
  return answer(parts, &state, nullptr, probes, options, execution);
}

}  // namespace morgiana
