#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gallery/near_misses.hpp"
#include "gallery/parts.hpp"
#include "gallery/ranking.hpp"
#include "gallery/reference_reader.hpp"
#include "gallery/withheld_subjects.hpp"
#include "index/scan.hpp"
#include "morgiana/search.hpp"
#include "morgiana/template.hpp"
#include "parallel/deadline.hpp"

namespace morgiana {

/// A reference that survived the scan for one probe.
struct Pair {
  index::Survivor reference;
  std::uint32_t probe;
};

/// Scores survivors exactly: each reference once, against every probe that it survived for.
class Rerank {
 public:
  /// `records`: null for those of the time of each run. `accept`: the least score of a candidate,
  /// `floor`: of who is ranked. `band`: how far below `accept` a refusal counts; none where
  /// refusals are not counted.
  Rerank(const Parts& parts, const store::Snapshot* records, std::span<const Template> probes,
         const IdentifyOptions& options, Score accept, float floor, std::optional<float> band,
         const WithheldSubjects& withheld, const parallel::Deadline& deadline);

  /// Sorts the pairs; those of a second run have higher keys. False where one of the references is
  /// not in the records any more, and the scan was of an older state than these.
  /// Errors: not_authentic; deadline_exceeded.
  [[nodiscard]] bool run(std::vector<Pair>& pairs);

  /// What was found for one probe; nobody where a withheld subject contests it. Ask before refused.
  Identification answer(std::size_t probe, Searched searched,
                        const std::optional<ResolvedRisk>& resolved);
  /// Whom the answer to one probe says not to be the person; subject keys.
  std::vector<std::uint64_t> refused(std::size_t probe, const Identification& answer);

 private:
  bool score(std::span<const Pair> same_reference, ReferenceReader& reader);
  /// Says something of the withheld subject, and is counted as a refusal of it.
  bool is_contested(std::size_t probe);

  const Parts& parts_;
  const store::Snapshot* records_;
  std::span<const Template> probes_;
  const IdentifyOptions& options_;
  const WithheldSubjects& withheld_;
  Score accept_;
  float floor_;
  const parallel::Deadline& deadline_;
  std::vector<Ranking> rankings_;
  std::vector<NearMisses> near_misses_;
  std::vector<WithheldBest> withheld_best_;
  std::vector<std::vector<std::uint64_t>> contested_by_;
};

}  // namespace morgiana
