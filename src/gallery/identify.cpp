#include "gallery/identify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gallery/enrolled.hpp"
#include "gallery/model_check.hpp"
#include "gallery/option_check.hpp"
#include "gallery/rerank.hpp"
#include "index/query.hpp"
#include "index/search.hpp"
#include "parallel/deadline.hpp"
#include "parallel/run.hpp"
#include "types/reference_key.hpp"

namespace morgiana {
namespace {

/// Probes that are answered together, and how many pairs of one with a reference may survive before
/// they are scored: 96 MiB of them.
constexpr std::size_t kProbesAtOnce = 256;
constexpr std::size_t kMostPairs = std::size_t{1} << 22;

/// The least float score that the margin needs to see.
float search_floor(const IdentifyOptions& options) {
  if (options.margin == 0.0F) return options.accept.at_least.cosine;
  return std::nextafter(options.accept.at_least.cosine - options.margin,
                        -std::numeric_limits<float>::infinity());
}

/// One identify: what is the same for all its probes.
class Search {
 public:
  Search(const Parts& parts, const IdentifyOptions& options, const Execution& execution)
      : parts_(parts),
        options_(options),
        execution_(execution),
        deadline_(execution.deadline),
        floor_(search_floor(options)),
        excluded_(find_excluded()) {
    deadline_.check();
  }

  /// Scans the index by ranges of blocks, of which all pairs may survive, and scores what does.
  std::vector<Identification> answer(std::span<const Template> probes) const {
    const std::shared_ptr<const index::CodeView> view = parts_.index.view();
    std::vector<index::Query> queries;
    for (const Template& probe : probes) {
      queries.push_back(index::make_query(parts_.rotation, probe.values(), floor_,
                                          options_.assurance.miss_probability));
    }
    Rerank rerank(parts_, probes, options_, floor_, deadline_);
    std::vector<index::Extent> compared(probes.size());
    const std::size_t num_blocks = view->num_blocks();
    const std::size_t at_once = kMostPairs / kernels::kBlockRows / probes.size();
    for (std::size_t first = 0; first < num_blocks; first += at_once) {
      scan(*view, {first, std::min(first + at_once, num_blocks)}, queries, rerank, compared);
    }
    std::vector<Identification> answers;
    for (std::size_t i = 0; i < probes.size(); ++i) {
      answers.push_back(rerank.answer(i, extent_of(*view, compared[i], queries[i])));
    }
    return answers;
  }

 private:
  /// Subject keys, ascending.
  std::vector<std::uint64_t> find_excluded() const {
    std::vector<std::uint64_t> keys;
    if (options_.exclude.empty()) return keys;
    const auto view = parts_.index.view();
    const store::Snapshot snapshot = parts_.database.snapshot();
    for (const SubjectId& id : options_.exclude) {
      deadline_.check();
      const auto enrolled = find_enrolled(parts_, *view, snapshot, id);
      if (enrolled) keys.push_back(enrolled->subject_key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  bool is_excluded(std::uint64_t reference) const {
    return std::binary_search(excluded_.begin(), excluded_.end(), subject_key_of(reference));
  }

  void scan(const index::CodeView& view, index::BlockRange range,
            std::span<const index::Query> queries, Rerank& rerank,
            std::vector<index::Extent>& compared) const {
    const index::ScanOptions how{parts_.kernels, options_.cohorts.bits, deadline_};
    const std::vector<index::Scanned> found = index::search(view, queries, range, how, execution_);
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < found.size(); ++i) {
      compared[i] += found[i].compared;
      for (const index::Survivor& survivor : found[i].survivors) {
        if (!is_excluded(survivor.key)) pairs.push_back({survivor, static_cast<std::uint32_t>(i)});
      }
    }
    rerank.run(pairs);
  }

  Searched extent_of(const index::CodeView& view, index::Extent compared,
                     const index::Query& query) const {
    index::Extent extent = options_.cohorts == Cohorts{} ? view.extent() : compared;
    for (const std::uint64_t subject : excluded_) {
      const index::Extent out =
          view.extent(reference_key(subject, 0), reference_key(subject, kMaxReferenceNumber),
                      options_.cohorts.bits);
      extent.num_subjects -= out.num_subjects;
      extent.num_references -= out.num_references;
    }
    return {extent.num_subjects, extent.num_references,
            query.keeps_all() ? Assurance::proven() : options_.assurance};
  }

  const Parts& parts_;
  const IdentifyOptions& options_;
  const Execution& execution_;
  parallel::Deadline deadline_;
  float floor_;
  std::vector<std::uint64_t> excluded_;
};

}  // namespace

std::vector<Identification> identify(const Parts& parts, std::span<const Template> probes,
                                     const IdentifyOptions& options, const Execution& execution) {
  check(options);
  parallel::num_threads(execution);
  for (const Template& probe : probes) check_model(parts, probe);
  const Search search(parts, options, execution);
  std::vector<Identification> answers;
  while (answers.size() < probes.size()) {
    const auto left = probes.subspan(answers.size());
    std::vector<Identification> some =
        search.answer(left.first(std::min(left.size(), kProbesAtOnce)));
    std::move(some.begin(), some.end(), std::back_inserter(answers));
  }
  return answers;
}

}  // namespace morgiana
