#include "gallery/calibrate.hpp"

#include <algorithm>
#include <ctime>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "gallery/clock.hpp"
#include "gallery/enrolled.hpp"
#include "gallery/follow.hpp"
#include "gallery/load.hpp"
#include "gallery/option_check.hpp"
#include "gallery/self_comparison.hpp"
#include "morgiana/error.hpp"
#include "parallel/run.hpp"
#include "types/hex.hpp"

namespace morgiana {
namespace {

using Numbers = std::pair<std::uint32_t, std::uint32_t>;  // of two identities, the lower one first

Numbers ordered(std::uint32_t a, std::uint32_t b) {
  return {std::min(a, b), std::max(a, b)};
}

std::string today() {
  const std::time_t now = now_s();
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[sizeof "9999-12-31"];
  return {text, std::strftime(text, sizeof text, "%F", &utc)};
}

/// One estimate: the gallery in one state.
class OnSite {
 public:
  OnSite(Parts& parts, const CalibrateOptions& options)
      : parts_(parts),
        options_(options),
        state_(newest_state(parts)),
        compared_(parts, state_, options.cohorts.bits, options.max_subjects, options.execution) {
    if (compared_.subjects().size() < GalleryCalibration::kLeastSubjects) {
      throw Error(Errc::invalid_argument,
                  "a gallery calibrates itself from 100 subjects on, and here are " +
                      std::to_string(compared_.subjects().size()) +
                      "; until then use a calibration of the model");
    }
    for (const auto& [a, b] : options.excluded) exclude(a, b);
  }

  GalleryCalibration run() {
    compared_.run(options_.progress);
    for (const Threshold& threshold : {options_.checks.duplicate, options_.checks.hub}) {
      if (is_set(threshold)) require_kept(threshold.at_least);
    }
    const Comparisons comparisons{compared_.identity_of(), compared_.mated(), compared_.non_mated(),
                                  compared_.floor(), excluded_};
    std::vector<CalibrationCurve> curves =
        estimate(comparisons, {threshold_steps(compared_.floor(), compared_.non_mated())});
    for (CalibrationCurve& curve : curves) {
      for (CalibrationPoint& point : curve.points) point.fnmr.reset();
    }
    const CalibrationEvidence evidence{options_.data,
                                       digest(),
                                       today(),
                                       compared_.subjects().size(),
                                       compared_.identity_of().size(),
                                       excluded_.size()};
    return {{parts_.vault.gallery().model, evidence, std::move(curves)},
            duplicates(),
            hubs(),
            compared_.subjects().size(),
            compared_.identity_of().size()};
  }

 private:
  /// What is named is named in full.
  void require_kept(Score least) const {
    if (least.cosine >= compared_.floor()) return;
    throw Error(Errc::invalid_argument,
                "pairs from " + std::to_string(least.cosine) +
                    " on are too many to be named: one in a hundred reaches " +
                    std::to_string(compared_.floor()) + " here");
  }

  /// Of the state: whoever has the gallery can tell which one it was, nobody a template.
  std::string digest() const {
    const CommitHead head = read_head(parts_, state_.records);
    return hex(seal::sha256(parts_.vault.encode(head)));
  }

  std::uint32_t number_of_subject(const SubjectId& id) const {
    const auto enrolled = find_enrolled(parts_, *state_.view, state_.records, id);
    if (!enrolled) {
      throw Error(Errc::unknown_subject, "the excluded subject '" + id.str() + "' is not enrolled");
    }
    const auto subjects = compared_.subjects();
    const auto place = std::lower_bound(subjects.begin(), subjects.end(), enrolled->subject_key);
    if (place == subjects.end() || *place != enrolled->subject_key) return kNotDrawn;
    return static_cast<std::uint32_t>(place - subjects.begin());
  }

  void exclude(const SubjectId& a, const SubjectId& b) {
    const std::uint32_t first = number_of_subject(a);
    const std::uint32_t second = number_of_subject(b);
    if (first == second && first != kNotDrawn) {
      throw Error(Errc::invalid_argument,
                  "'" + a.str() + "' is excluded from itself; a pair is of two");
    }
    if (first == kNotDrawn || second == kNotDrawn) return;
    const Numbers pair = ordered(first, second);
    if (std::find(excluded_.begin(), excluded_.end(), pair) == excluded_.end()) {
      excluded_.push_back(pair);
    }
  }

  SubjectId id_of(std::uint32_t number) const {
    const auto row = state_.records.subject(compared_.subjects()[number]);
    if (!row) throw Error(Errc::not_authentic, "the records lack who is enrolled");
    parts_.vault.check_row(*row);
    return SubjectId(row->id);
  }

  /// Pairs of subjects that reach a threshold, with their best score; none without a threshold.
  std::map<Numbers, float> matches(const Threshold& threshold) const {
    std::map<Numbers, float> best;
    if (!is_set(threshold)) return best;
    const auto identity_of = compared_.identity_of();
    for (const ImagePair& pair : compared_.non_mated()) {
      if (!detail::reaches({pair.score}, threshold.at_least)) continue;
      const Numbers who = ordered(identity_of[pair.first], identity_of[pair.second]);
      if (std::find(excluded_.begin(), excluded_.end(), who) != excluded_.end()) continue;
      const auto [place, is_new] = best.try_emplace(who, pair.score);
      if (!is_new) place->second = std::max(place->second, pair.score);
    }
    return best;
  }

  std::vector<SubjectPair> duplicates() const {
    std::vector<std::pair<float, Numbers>> found;
    for (const auto& [who, score] : matches(options_.checks.duplicate)) {
      found.push_back({-score, who});
    }
    std::sort(found.begin(), found.end());
    found.resize(std::min(found.size(), GalleryCalibration::kMostNamed));
    std::vector<SubjectPair> named;
    for (const auto& [score, who] : found) named.push_back({id_of(who.first), id_of(who.second)});
    return named;
  }

  std::vector<SubjectId> hubs() const {
    std::map<std::uint32_t, std::size_t> num_matches;
    for (const auto& [who, score] : matches(options_.checks.hub)) {
      ++num_matches[who.first];
      ++num_matches[who.second];
    }
    std::vector<std::pair<std::size_t, std::uint32_t>> found;
    for (const auto& [who, count] : num_matches) {
      if (count > options_.checks.max_hub_matches) found.push_back({count, who});
    }
    std::sort(found.begin(), found.end(), std::greater<>());
    found.resize(std::min(found.size(), GalleryCalibration::kMostNamed));
    std::vector<SubjectId> named;
    for (const auto& [count, who] : found) named.push_back(id_of(who));
    return named;
  }

  static constexpr std::uint32_t kNotDrawn = ~std::uint32_t{0};

  Parts& parts_;
  const CalibrateOptions& options_;
  State state_;
  SelfComparison compared_;
  std::vector<Numbers> excluded_;
};

}  // namespace

GalleryCalibration calibrate(Parts& parts, const CalibrateOptions& options) {
  if (!detail::is_line(options.data)) {
    throw Error(Errc::invalid_argument,
                "a calibration says in one line who is enrolled, and how they were photographed");
  }
  if (options.cohorts.bits == 0) {
    throw Error(Errc::invalid_argument, "no cohort is to be compared; all bits set compare all");
  }
  check(options.checks);
  parallel::num_threads(options.execution);
  return OnSite(parts, options).run();
}

}  // namespace morgiana
