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

/// Probes of one pass, and the survivors that end it sooner: 24 MiB of pairs.
constexpr std::size_t kProbesPerPass = 256;
constexpr std::size_t kPairsPerPass = std::size_t{1} << 20;

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

  /// One pass: scans for the first of `probes`, and answers as many as fit.
  std::vector<Identification> answer_some(std::span<const Template> probes) const {
    const std::shared_ptr<const index::CodeView> view = parts_.index.view();
    std::vector<Pair> pairs;
    std::vector<Searched> searched;
    while (searched.size() < std::min(probes.size(), kProbesPerPass) &&
           pairs.size() < kPairsPerPass) {
      scan_some(*view, probes.first(std::min(probes.size(), kProbesPerPass)), pairs, searched);
    }
    Rerank rerank(parts_, probes.first(searched.size()), floor_, deadline_);
    rerank.run(pairs);
    std::vector<Identification> answers;
    for (std::size_t probe = 0; probe < searched.size(); ++probe) {
      answers.emplace_back(options_, rerank.take(probe), searched[probe]);
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

  /// Scans for the next few probes behind those in `searched`.
  void scan_some(const index::CodeView& view, std::span<const Template> probes,
                 std::vector<Pair>& pairs, std::vector<Searched>& searched) const {
    const std::size_t at_once =
        execution_.max_threads == 1 ? 1 : 2 * std::size_t{execution_.max_threads};
    const std::size_t last = std::min(probes.size(), searched.size() + at_once);
    std::vector<index::Query> queries;
    for (std::size_t probe = searched.size(); probe < last; ++probe) {
      queries.push_back(index::make_query(parts_.rotation, probes[probe].values(), floor_,
                                          options_.assurance.miss_probability));
    }
    const index::ScanOptions how{parts_.kernels, options_.cohorts.bits, deadline_};
    const std::vector<index::Scanned> found = index::search(view, queries, how, execution_);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto probe = static_cast<std::uint32_t>(searched.size());
      for (const index::Survivor& survivor : found[i].survivors) {
        if (!is_excluded(survivor.key)) pairs.push_back({survivor, probe});
      }
      searched.push_back(extent_of(view, found[i], queries[i]));
    }
  }

  Searched extent_of(const index::CodeView& view, const index::Scanned& found,
                     const index::Query& query) const {
    const bool all = options_.cohorts == Cohorts{};
    index::Extent extent = all ? view.extent() : found.compared;
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
    std::vector<Identification> some = search.answer_some(probes.subspan(answers.size()));
    std::move(some.begin(), some.end(), std::back_inserter(answers));
  }
  return answers;
}

}  // namespace morgiana
