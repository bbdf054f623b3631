#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gallery/parts.hpp"
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
  Rerank(const Parts& parts, std::span<const Template> probes, float floor,
         const parallel::Deadline& deadline);

  /// Sorts the pairs. A reference that was removed since the scan is no candidate.
  /// Errors: not_authentic; deadline_exceeded.
  void run(std::vector<Pair>& pairs);

  /// The subjects found for one probe.
  std::vector<ScoredSubject> take(std::size_t probe);

 private:
  struct Best {
    std::uint64_t subject_key;
    ScoredSubject subject;
  };
  void score(std::span<const Pair> same_reference, ReferenceReader& reader);
  void keep(std::uint32_t probe, Score score, const store::SubjectRow& row);

  const Parts& parts_;
  std::span<const Template> probes_;
  float floor_;
  const parallel::Deadline& deadline_;
  std::vector<std::vector<Best>> found_;
};

}  // namespace morgiana
