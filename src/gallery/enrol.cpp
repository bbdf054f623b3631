#include "gallery/enrol.hpp"

#include <vector>

#include "gallery/add_subjects.hpp"
#include "gallery/erasure.hpp"
#include "gallery/take_out.hpp"
#include "parallel/run.hpp"

namespace morgiana {
namespace {

void check(const Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  parallel::num_threads(options.execution);
  check_enrolments(parts, enrolments);
}

}  // namespace

void enrol(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  check(parts, enrolments, options);
  std::vector<Addition> subjects;
  for (const Enrolment& enrolment : enrolments) subjects.push_back({&enrolment});
  parts.queue.run(parts, CommitQueue::Durability::of_gallery,
                  [&](Change& change) { add_subjects(change, subjects, options); });
  erase_pending(parts);
}

Erasure update(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  check(parts, enrolments, options);
  parts.queue.run(parts, CommitQueue::Durability::always, [&](Change& change) {
    const store::Snapshot snapshot = parts.database.snapshot();
    std::vector<Addition> subjects;
    for (const Enrolment& enrolment : enrolments) {
      const auto row =
          find_rows(parts, snapshot, std::span(&enrolment.subject, 1), "nobody was updated")
              .front();
      take_out(change, snapshot, row);
      subjects.push_back({&enrolment, row.generation + 1});
    }
    add_subjects(change, subjects, options);
  });
  return erase_now(parts);
}

}  // namespace morgiana
