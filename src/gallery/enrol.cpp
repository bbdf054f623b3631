#include "gallery/enrol.hpp"

#include <set>
#include <string>

#include "gallery/change.hpp"
#include "gallery/clock.hpp"
#include "gallery/encoder.hpp"
#include "gallery/model_check.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

constexpr std::uint64_t kMaxWraps = std::uint64_t{1} << 31;  // random nonces of one AES-GCM key

void check(const Parts& parts, std::span<const Enrolment> enrolments) {
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

void check_limits(const CommitHead& head, std::uint64_t num_enrolments) {
  if (head.num_wraps + num_enrolments > kMaxWraps) {
    throw Error(Errc::limit_reached,
                "the wrapping key has sealed its 2^31 subject keys; enrol into a new gallery");
  }
  if (head.next_subject_key + num_enrolments > kMaxSubjectKey) {
    throw Error(Errc::limit_reached, "the gallery has given out all 2^43 subject numbers");
  }
}

/// Slot rows are written once, full of random bytes, so that a used slot cannot be told from one
/// that is free or erased.
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

void add_subject(Change& change, Encoder& encoder, const Enrolment& enrolment) {
  const Vault& vault = change.parts.vault;
  store::SubjectRow row{.subject_key = change.head.next_subject_key++,
                        .id = enrolment.subject.str(),
                        .generation = 1,
                        .cohorts = enrolment.cohorts.bits,
                        .enrolled_at_s = now_s(),
                        .slot = take_slot(change),
                        .tag = {}};
  row.tag = vault.row_tag(row);
  const seal::SecretKey key = seal::SecretKey::random();
  change.transaction.insert_subject(row);
  change.transaction.write_slot(row.slot, vault.wrap(row.subject_key, row.slot, key));

  SubjectEntry entry(row);
  Bytes sealed(vault.sealed_bytes());
  std::uint32_t number = 0;
  for (const Template& reference : enrolment.references) {
    const std::uint64_t name = reference_key(row.subject_key, number);
    vault.seal(key, name, reference.values(), sealed);
    change.transaction.insert_reference(name, sealed);
    entry.add_reference(number++, sealed);
    encoder.append(change.draft, name, row.cohorts, reference.values());
  }
  change.head.state.add(vault.entry_digest(entry));
  change.head.num_subjects += 1;
  change.head.num_references += number;
  change.head.num_wraps += 1;
}

}  // namespace

void enrol(Parts& parts, std::span<const Enrolment> enrolments) {
  check(parts, enrolments);
  Change change(parts);
  check_limits(change.head, enrolments.size());
  Encoder encoder(parts.rotation);
  for (const Enrolment& enrolment : enrolments) add_subject(change, encoder, enrolment);
  change.commit();
}

}  // namespace morgiana
