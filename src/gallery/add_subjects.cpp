#include "gallery/add_subjects.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gallery/clock.hpp"
#include "gallery/encoder.hpp"
#include "gallery/model_check.hpp"
#include "morgiana/error.hpp"
#include "parallel/deadline.hpp"
#include "parallel/run.hpp"

namespace morgiana {
namespace {

void check_limits(CommitHead head, std::uint64_t num_enrolments) {
  head.add_wraps(num_enrolments);
  if (head.next_subject_key + num_enrolments > kMaxSubjectKey) {
    throw Error(Errc::limit_reached, "the gallery has given out all 2^43 subject numbers");
  }
}

/// Slot rows are written once, full of random bytes, and never grow or move: what is written over
/// in them leaves no copy elsewhere in the database.
std::uint64_t take_slot(Change& change) {
  SlotPool& slots = change.parts.slots;
  if (slots.empty()) {
    std::array<std::uint8_t, store::kSlotRowBytes> row;
    seal::fill_random(row);
    change.transaction.append_slot_row(row);
    slots.grow(store::kSlotsPerRow);
  }
  return slots.take();
}

/// A subject on its way into the records.
struct Prepared {
  const Enrolment* enrolment;
  store::SubjectRow row;
  seal::KeySlot wrapped{};
  std::vector<Bytes> sealed;  // a reference each, as the next
  std::vector<index::Code> codes;
  seal::Digest entry{};
};

/// Seals subjects. One thread.
class Sealer {
 public:
  explicit Sealer(const Change& change)
      : vault_(change.parts.vault), macs_(change.parts.vault), encoder_(change.draft.rotation()) {}

  void seal(Prepared& subject) {
    subject.row.tag = macs_.row_tag(subject.row);
    const seal::SecretKey key = seal::SecretKey::random(random_);
    subject.wrapped = vault_.wrap(subject.row.subject_key, subject.row.slot, key, random_);
    SubjectEntry entry(subject.row);
    for (const Template& reference : subject.enrolment->references) {
      const auto number = static_cast<std::uint32_t>(subject.sealed.size());
      Bytes& sealed = subject.sealed.emplace_back(vault_.sealed_bytes());
      vault_.seal(key, reference_key(subject.row.subject_key, number), reference.values(), random_,
                  sealed);
      entry.add_reference(number, sealed);
      encoder_.encode(reference.values(), subject.codes.emplace_back(vault_.gallery().model.dim));
    }
    subject.entry = macs_.entry_digest(entry);
  }

 private:
  const Vault& vault_;
  Vault::Macs macs_;
  seal::Random random_;
  Encoder encoder_;
};

using Wave = std::vector<Prepared>;

/// Additions in waves, of which one is written while the next is sealed.
class Pipeline {
 public:
  Pipeline(Change& change, std::span<const Addition> subjects, const EnrolOptions& options)
      : change_(change),
        left_(subjects),
        num_all_(subjects.size()),
        options_(options),
        deadline_(options.execution.deadline) {}

  void run() {
    Wave next = take_wave();
    seal(next);
    while (!next.empty()) {
      deadline_.check();
      const Wave ready = std::exchange(next, take_wave());
      parallel::run(options_.execution, 2, [&](std::size_t task) {
        if (task == 0) {
          write(ready);
        } else {
          seal(next);
        }
      });
      num_done_ += ready.size();
      if (options_.progress) options_.progress(num_done_, num_all_);
    }
  }

 private:
  /// Subjects with some hundred references together, numbered; their slots are there.
  Wave take_wave() {
    constexpr std::size_t kReferences = 512;
    Wave wave;
    for (std::size_t num = 0; num < kReferences && !left_.empty(); left_ = left_.subspan(1)) {
      const Addition& subject = left_.front();
      wave.push_back({.enrolment = subject.enrolment,
                      .row = {.subject_key = change_.head.next_subject_key++,
                              .id = subject.enrolment->subject.str(),
                              .generation = subject.generation,
                              .cohorts = subject.enrolment->cohorts.bits,
                              .enrolled_at_s = subject.enrolled_at_s.value_or(now_s()),
                              .slot = take_slot(change_),
                              .tag = {}},
                      .sealed = {},
                      .codes = {}});
      num += subject.enrolment->references.size();
    }
    return wave;
  }

  void seal(Wave& wave) const {
    // Small parts, so that a thread that has written may help.
    const std::size_t num_parts =
        std::min<std::size_t>(wave.size(), 4 * parallel::num_threads(options_.execution));
    parallel::run(options_.execution, num_parts, [&](std::size_t part) {
      Sealer sealer(change_);
      for (std::size_t i = part; i < wave.size(); i += num_parts) sealer.seal(wave[i]);
    });
  }

  void write(const Wave& wave) {
    CommitHead& head = change_.head;
    for (const Prepared& subject : wave) {
      change_.transaction.insert_subject(subject.row);
      change_.transaction.write_slot(subject.row.slot, subject.wrapped);
      for (std::size_t i = 0; i < subject.sealed.size(); ++i) {
        const std::uint64_t reference =
            reference_key(subject.row.subject_key, static_cast<std::uint32_t>(i));
        change_.transaction.insert_reference(reference, subject.sealed[i]);
        change_.draft.append({reference, subject.row.cohorts, subject.codes[i],
                              subject.enrolment->references[i].values()});
      }
      head.state.add(subject.entry);
      head.num_subjects += 1;
      head.num_references += subject.sealed.size();
      head.add_wraps(1);
    }
  }

  Change& change_;
  std::span<const Addition> left_;
  std::size_t num_all_;
  const EnrolOptions& options_;
  parallel::Deadline deadline_;
  std::size_t num_done_ = 0;
};

}  // namespace

void check_enrolments(const Parts& parts, std::span<const Enrolment> enrolments) {
  if (enrolments.empty()) throw Error(Errc::invalid_argument, "there is nobody to enrol");
  std::set<SubjectId> seen;
  for (const Enrolment& enrolment : enrolments) {
    const std::string& id = enrolment.subject.str();
    if (!seen.insert(enrolment.subject).second) {
      throw Error(Errc::duplicate_subject, "subject '" + id + "' is listed twice");
    }
    if (id.empty()) throw Error(Errc::invalid_argument, "a subject id was moved from; it is empty");
    if (enrolment.references.empty()) {
      throw Error(Errc::invalid_argument, "subject '" + id + "' has no reference");
    }
    if (enrolment.cohorts.bits == 0) {
      throw Error(Errc::invalid_argument,
                  "subject '" + id + "' is in no cohort; no search finds it");
    }
    if (enrolment.references.size() > kMaxReferencesPerSubject) {
      throw Error(Errc::limit_reached, "subject '" + id + "' has more than " +
                                           std::to_string(kMaxReferencesPerSubject) +
                                           " references");
    }
    for (const Template& reference : enrolment.references) check_model(parts, reference);
  }
}

void add_subjects(Change& change, std::span<const Addition> subjects, const EnrolOptions& options) {
  check_limits(change.head, subjects.size());
  Pipeline(change, subjects, options).run();
}

}  // namespace morgiana
