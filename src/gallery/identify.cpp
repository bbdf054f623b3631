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

/// The least float score that the margin needs to see.
float search_floor(const IdentifyOptions& options) {
  if (options.margin == 0.0F) return options.accept.at_least.cosine;
  return std::nextafter(options.accept.at_least.cosine - options.margin,
                        -std::numeric_limits<float>::infinity());
}

/// One identify: what is the same for all its probes.
class Search {
 public:
  Search(Parts& parts, const State* state, const IdentifyOptions& options,
         const Execution& execution)
      : parts_(parts),
        state_(state),
        options_(options),
        execution_(execution),
        deadline_(execution.deadline),
        floor_(search_floor(options)) {
    deadline_.check();
  }

  /// Each answer is that of one state of the gallery. Nearly always nothing that the scan found is
  /// removed before it is scored, and the state is that of the view; else it is asked for, once.
  std::vector<Identification> answer(std::span<const Template> probes) const {
    auto answers = state_ != nullptr ? answer_from(*state_->view, &state_->records, probes)
                                     : answer_from(*parts_.index.view(), nullptr, probes);
    if (!answers && state_ == nullptr) {
      const State state = newest_state(parts_);
      answers = answer_from(*state.view, &state.records, probes);
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
  std::optional<std::vector<Identification>> answer_from(const index::CodeView& view,
                                                         const store::Snapshot* records,
                                                         std::span<const Template> probes) const {
    std::vector<index::Query> queries;
    for (const Template& probe : probes) {
      queries.push_back(index::make_query(parts_.rotation, probe.values(), floor_,
                                          options_.assurance.miss_probability));
    }
    const std::vector<std::uint64_t> excluded = find_excluded(view, records);
    Rerank rerank(parts_, records, probes, options_, floor_, deadline_);
    std::vector<index::Extent> compared(probes.size());
    const std::size_t num_blocks = view.num_blocks();
    const std::size_t at_once = kMostPairs / kernels::kBlockRows / probes.size();
    for (std::size_t first = 0; first < num_blocks; first += at_once) {
      std::vector<Pair> pairs =
          scan(view, {first, std::min(first + at_once, num_blocks)}, queries, excluded, compared);
      if (!rerank.run(pairs)) return std::nullopt;
    }
    std::vector<Identification> answers;
    for (std::size_t i = 0; i < probes.size(); ++i) {
      answers.push_back(rerank.answer(i, extent_of(view, compared[i], excluded, queries[i])));
    }
    return answers;
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
  std::vector<Pair> scan(const index::CodeView& view, index::BlockRange range,
                         std::span<const index::Query> queries,
                         std::span<const std::uint64_t> excluded,
                         std::vector<index::Extent>& compared) const {
    const index::ScanOptions how{parts_.kernels, options_.cohorts.bits, deadline_};
    const std::vector<index::Scanned> found = index::search(view, queries, range, how, execution_);
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < found.size(); ++i) {
      compared[i] += found[i].compared;
      for (const index::Survivor& survivor : found[i].survivors) {
        const bool is_excluded =
            std::binary_search(excluded.begin(), excluded.end(), subject_key_of(survivor.key));
        if (!is_excluded) pairs.push_back({survivor, static_cast<std::uint32_t>(i)});
      }
    }
    return pairs;
  }

  Searched extent_of(const index::CodeView& view, index::Extent compared,
                     std::span<const std::uint64_t> excluded, const index::Query& query) const {
    index::Extent extent = options_.cohorts == Cohorts{} ? view.extent() : compared;
    for (const std::uint64_t subject : excluded) {
      const index::Extent out =
          view.extent(reference_key(subject, 0), reference_key(subject, kMaxReferenceNumber),
                      options_.cohorts.bits);
      extent.num_subjects -= out.num_subjects;
      extent.num_references -= out.num_references;
    }
    return {extent.num_subjects, extent.num_references,
            query.keeps_all() ? Assurance::proven() : options_.assurance};
  }

  Parts& parts_;
  const State* state_;  // that is asked about; null for the newest
  const IdentifyOptions& options_;
  const Execution& execution_;
  parallel::Deadline deadline_;
  float floor_;
};

std::vector<Identification> answer(Parts& parts, const State* state,
                                   std::span<const Template> probes, const IdentifyOptions& options,
                                   const Execution& execution) {
  check(options);
  parallel::num_threads(execution);
  for (const Template& probe : probes) check_model(parts, probe);
  const Search search(parts, state, options, execution);
  std::vector<Identification> answers;
  while (answers.size() < probes.size()) {
    const auto left = probes.subspan(answers.size());
    std::vector<Identification> some =
        search.answer(left.first(std::min(left.size(), kProbesAtOnce)));
    std::move(some.begin(), some.end(), std::back_inserter(answers));
  }
  return answers;
}

}  // namespace

std::vector<Identification> identify(Parts& parts, std::span<const Template> probes,
                                     const IdentifyOptions& options, const Execution& execution) {
  return answer(parts, nullptr, probes, options, execution);
}

std::vector<Identification> identify_in(const State& state, Parts& parts,
                                        std::span<const Template> probes,
                                        const IdentifyOptions& options,
                                        const Execution& execution) {
  return answer(parts, &state, probes, options, execution);
}

}  // namespace morgiana
