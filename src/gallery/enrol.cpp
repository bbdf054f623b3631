#include "gallery/enrol.hpp"

#include <exception>
#include <vector>

#include "gallery/add_subjects.hpp"
#include "gallery/erasure.hpp"
#include "gallery/match_check.hpp"
#include "gallery/option_check.hpp"
#include "gallery/take_out.hpp"
#include "parallel/run.hpp"

namespace morgiana {
namespace {

/// What `progress` throws ends an enrolment, also where it is tried again for another's failure.
EnrolOptions with_memory(const EnrolOptions& options, std::exception_ptr& thrown) {
  EnrolOptions remembering = options;
  if (!options.progress) return remembering;
  remembering.progress = [&](std::uint64_t num_done, std::uint64_t num_all) {
    try {
      options.progress(num_done, num_all);
    } catch (...) {
      thrown = std::current_exception();
      throw;
    }
  };
  return remembering;
}

void check(const Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  parallel::num_threads(options.execution);
  check(options.checks);
  check_enrolments(parts, enrolments);
}

CommitQueue::Terms terms(store::Sync sync, const EnrolOptions& options) {
  return {sync, are_wanted(options.checks), options.execution.deadline};
}

}  // namespace

void enrol(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  check(parts, enrolments, options);
  std::vector<Addition> subjects;
  for (const Enrolment& enrolment : enrolments) subjects.push_back({&enrolment});
  std::exception_ptr thrown;
  const EnrolOptions remembering = with_memory(options, thrown);
  const auto apply = [&](Change& change) {
    if (thrown) std::rethrow_exception(thrown);
    if (are_wanted(options.checks)) check_matches(parts, enrolments, options);
    add_subjects(change, subjects, remembering);
  };
  parts.queue.run(parts, terms(parts.enrolment_sync, options), apply);
  erase_pending(parts);
}

Erasure update(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  check(parts, enrolments, options);
  std::exception_ptr thrown;
  const EnrolOptions remembering = with_memory(options, thrown);
  const auto apply = [&](Change& change) {
    if (thrown) std::rethrow_exception(thrown);
    if (are_wanted(options.checks)) check_matches(parts, enrolments, options);
    const store::Snapshot snapshot = parts.database.snapshot();
    std::vector<Addition> subjects;
    std::vector<store::SubjectRow> rows;
    for (const Enrolment& enrolment : enrolments) {
      rows.push_back(
          find_rows(parts, snapshot, std::span(&enrolment.subject, 1), "nobody was updated")
              .front());
      subjects.push_back({&enrolment, rows.back().generation + 1});
    }
    take_out(change, snapshot, rows);
    add_subjects(change, subjects, remembering);
  };
  parts.queue.run(parts, terms(store::Sync::at_commit, options), apply);
  return erase_now(parts);
}

}  // namespace morgiana
