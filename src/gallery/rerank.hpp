#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gallery/parts.hpp"
#include "gallery/ranking.hpp"
#include "gallery/reference_reader.hpp"
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
  /// `floor`: the least float score that counts.
  Rerank(const Parts& parts, std::span<const Template> probes, const IdentifyOptions& options,
         float floor, const parallel::Deadline& deadline);

  /// Sorts the pairs; those of a second run have higher keys. A reference that was removed since
  /// the scan is no candidate. Errors: not_authentic; deadline_exceeded.
  void run(std::vector<Pair>& pairs);

  /// What was found for one probe.
  Identification answer(std::size_t probe, Searched searched);

 private:
  void score(std::span<const Pair> same_reference, ReferenceReader& reader);

  const Parts& parts_;
  std::span<const Template> probes_;
  float floor_;
  const parallel::Deadline& deadline_;
  std::vector<Ranking> rankings_;
};

}  // namespace morgiana
