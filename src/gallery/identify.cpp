#include "gallery/identify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "gallery/model_check.hpp"
#include "gallery/reference_reader.hpp"
#include "index/exact_score.hpp"
#include "index/query.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

/// Probes of one pass, and the survivors that end it sooner: 16 MiB of pairs.
constexpr std::size_t kProbesPerPass = 256;
constexpr std::size_t kPairsPerPass = std::size_t{1} << 20;

struct Pair {
  std::uint64_t reference;
  std::uint32_t probe;
};

void check_threshold(const Threshold& accept) {
  const float least = accept.at_least.cosine;
  if (!(least >= -1.0F && least <= 1.0F)) {
    throw Error(Errc::invalid_argument,
                "threshold " + std::to_string(least) + " is not a cosine from -1 to 1");
  }
}

void check_options(const IdentifyOptions& options) {
  check_threshold(options.accept);
  if (!(options.margin >= 0.0F && options.margin <= 2.0F)) {
    throw Error(Errc::invalid_argument,
                "margin " + std::to_string(options.margin) + " is not from 0 to 2");
  }
  if (options.max_candidates == 0) {
    throw Error(Errc::invalid_argument, "max_candidates is 0; at least one can be listed");
  }
}

/// The least float score that the margin needs to see.
float search_floor(const IdentifyOptions& options) {
  if (options.margin == 0.0F) return options.accept.at_least.cosine;
  return std::nextafter(options.accept.at_least.cosine - options.margin,
                        -std::numeric_limits<float>::infinity());
}

/// Opens each surviving reference once and scores it against every probe that it survived for.
class Rerank {
 public:
  Rerank(const Parts& parts, std::span<const Template> probes, float floor)
      : parts_(parts), probes_(probes), floor_(floor), found_(probes.size()) {}

  void run(std::vector<Pair>& pairs) {
    if (pairs.empty()) return;
    std::sort(pairs.begin(), pairs.end(),
              [](const Pair& a, const Pair& b) { return a.reference < b.reference; });
    const store::Snapshot snapshot = parts_.database.snapshot();
    ReferenceReader reader(snapshot, parts_.vault);
    std::span<const float> values;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const bool is_next = i == 0 || pairs[i].reference != pairs[i - 1].reference;
      if (is_next) values = reader.read(pairs[i].reference);
      if (!values.empty()) score(pairs[i].probe, values, reader.subject());
    }
  }

  std::vector<ScoredSubject> take(std::size_t probe) {
    std::vector<ScoredSubject> subjects;
    for (Best& best : found_[probe]) subjects.push_back(std::move(best.subject));
    return subjects;
  }

 private:
  struct Best {
    std::uint64_t subject_key;
    ScoredSubject subject;
  };

  /// References of one subject come one after the other, so only the last one can be the same.
  void score(std::uint32_t probe, std::span<const float> values, const store::SubjectRow& row) {
    const Score score = index::exact_score(parts_.kernels, probes_[probe].values(), values);
    if (score.cosine < floor_) return;
    std::vector<Best>& found = found_[probe];
    if (found.empty() || found.back().subject_key != row.subject_key) {
      found.push_back({row.subject_key, {SubjectId(row.id), score}});
    } else {
      found.back().subject.score = std::max(found.back().subject.score, score);
    }
  }

  const Parts& parts_;
  std::span<const Template> probes_;
  float floor_;
  std::vector<std::vector<Best>> found_;
};

/// One pass: scans for the first probes of `probes`, and answers as many as fit.
std::vector<Identification> answer_some(const Parts& parts, std::span<const Template> probes,
                                        const IdentifyOptions& options) {
  const Searched searched{parts.committed().num_subjects, 0};
  const auto view = parts.index.view();
  const float floor = search_floor(options);
  std::vector<Pair> pairs;
  std::vector<std::uint64_t> survivors;
  std::uint32_t num_probes = 0;
  while (num_probes < std::min(probes.size(), kProbesPerPass) && pairs.size() < kPairsPerPass) {
    survivors.clear();
    view->scan(parts.kernels, index::make_query(parts.rotation, probes[num_probes].values(), floor),
               survivors);
    for (const std::uint64_t reference : survivors) pairs.push_back({reference, num_probes});
    ++num_probes;
  }
  Rerank rerank(parts, probes.first(num_probes), floor);
  rerank.run(pairs);
  std::vector<Identification> answers;
  for (std::uint32_t probe = 0; probe < num_probes; ++probe) {
    answers.emplace_back(options, rerank.take(probe),
                         Searched{searched.num_subjects, view->num_references()});
  }
  return answers;
}

}  // namespace

std::vector<Identification> identify(const Parts& parts, std::span<const Template> probes,
                                     const IdentifyOptions& options) {
  check_options(options);
  for (const Template& probe : probes) check_model(parts, probe);
  std::vector<Identification> answers;
  while (answers.size() < probes.size()) {
    std::vector<Identification> some = answer_some(parts, probes.subspan(answers.size()), options);
    std::move(some.begin(), some.end(), std::back_inserter(answers));
  }
  return answers;
}

Verification verify(const Parts& parts, const SubjectId& claimed, const Template& probe,
                    const VerifyOptions& options) {
  check_threshold(options.accept);
  check_model(parts, probe);
  const store::Snapshot snapshot = parts.database.snapshot();
  const auto row = snapshot.subject(claimed.str());
  if (!row) {
    throw Error(Errc::unknown_subject, "subject '" + claimed.str() + "' is not enrolled");
  }
  std::vector<std::uint64_t> references;
  snapshot.for_each_reference(
      store::reference_key(row->subject_key, 0),
      store::reference_key(row->subject_key, store::kMaxReferenceNumber),
      [&](std::uint64_t reference, ByteView) { references.push_back(reference); });
  ReferenceReader reader(snapshot, parts.vault);
  Score best{-std::numeric_limits<float>::infinity()};
  for (const std::uint64_t reference : references) {
    best =
        std::max(best, index::exact_score(parts.kernels, probe.values(), reader.read(reference)));
  }
  return {options, claimed, best};
}

}  // namespace morgiana
