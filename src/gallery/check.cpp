#include "gallery/check.hpp"

#include <string>

#include "gallery/open.hpp"
#include "morgiana/error.hpp"
#include "store/file_system.hpp"

namespace morgiana {
namespace {

/// Every commit from the first on continues the one before, to the newest that `parts` holds.
std::uint64_t check_commits(const Parts& parts, const store::Snapshot& snapshot) {
  CommitHead last;
  snapshot.for_each_head([&](std::uint64_t sequence, ByteView stored) {
    const CommitHead head = parts.vault.decode(stored);
    const seal::Digest expected =
        last.sequence == 0 ? seal::Digest{} : seal::sha256(parts.vault.encode(last));
    if (head.sequence != sequence || sequence != last.sequence + 1 || head.previous != expected) {
      throw Error(Errc::not_authentic, "commit " + std::to_string(sequence) +
                                           " does not continue commit " +
                                           std::to_string(last.sequence));
    }
    last = head;
  });
  return last.sequence;
}

/// What is wrong with the question, not with the gallery.
bool is_of_the_caller(Errc code) {
  switch (code) {
    case Errc::wrong_key:
    case Errc::bad_key_file:
    case Errc::token_failed:
    case Errc::anchor_failed:
    case Errc::limit_reached:
    case Errc::not_found:
    case Errc::replaced:
    case Errc::locked:
    case Errc::closed:
    case Errc::unsupported_format:
    case Errc::invalid_argument:
    case Errc::deadline_exceeded:
    case Errc::executor_failed: return true;
    default: return false;
  }
}

/// Subject numbers ascend and are given out once: who is not enrolled was removed.
void check_erasures(const CommitHead& head, const store::Snapshot& snapshot) {
  const std::uint64_t num_ever = head.next_subject_key - 1;
  const std::uint64_t num_removed = snapshot.num_erasures();
  if (head.num_subjects + num_removed == num_ever) return;
  throw Error(Errc::not_authentic, std::to_string(num_ever) + " subject numbers were given out, " +
                                       std::to_string(head.num_subjects) + " are enrolled and " +
                                       std::to_string(num_removed) + " are in the ledger");
}

}  // namespace

CheckReport check_gallery(const GalleryPaths& paths, const OpenOptions& options) {
  CheckReport report;
  const store::FileSystem system = store::file_system_of(paths.database);
  report.file_system = system.name;
  report.overwrites_in_place = system.overwrites_in_place;
  const auto attempt = [&](const char* what, const auto& check) {
    try {
      check();
    } catch (const Error& error) {
      if (is_of_the_caller(error.code())) throw;
      report.problems.push_back(std::string(what) + ": " + error.what());
    }
  };
  attempt("database", [&] {
    const store::Database database = store::Database::follow(paths.database);
    for (const std::string& problem : database.snapshot().integrity_problems()) {
      report.problems.push_back("database: " + problem);
    }
  });
  attempt("records", [&] {
    const auto parts = follow_parts(paths, options);
    report.num_subjects = parts->head.num_subjects;
    report.num_references = parts->head.num_references;
    const store::Snapshot snapshot = parts->database.snapshot();
    attempt("commits", [&] { report.num_commits = check_commits(*parts, snapshot); });
    attempt("ledger of erasures", [&] {
      check_erasures(parts->vault.decode(snapshot.head()), snapshot);
      report.num_pending_erasures = snapshot.num_pending_erasures();
    });
  });
  return report;
}

}  // namespace morgiana
