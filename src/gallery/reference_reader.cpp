#include "gallery/reference_reader.hpp"

#include <utility>

namespace morgiana {

ReferenceReader::ReferenceReader(const store::Snapshot& snapshot, const Vault& vault)
    : snapshot_(snapshot),
      vault_(vault),
      opener_(vault),
      sealed_(vault.sealed_bytes()),
      values_(vault.gallery().model.dim) {}

bool ReferenceReader::load_subject(std::uint64_t subject_key) {
  if (subject_ && subject_->row.subject_key == subject_key) return true;
  subject_.reset();
  std::optional<store::SubjectRow> row = snapshot_.subject(subject_key);
  if (!row) return false;
  vault_.check_row(*row);
  seal::KeySlot wrapped;
  snapshot_.slot(row->slot, wrapped);
  subject_.emplace(Subject{*row, opener_.unwrap(subject_key, row->slot, wrapped)});
  return true;
}

std::span<const float> ReferenceReader::read(std::uint64_t reference) {
  if (!load_subject(subject_key_of(reference))) return {};
  if (!snapshot_.reference(reference, sealed_)) return {};
  opener_.open(subject_->key, reference, sealed_, values_.span());
  return values_.span();
}

}  // namespace morgiana
