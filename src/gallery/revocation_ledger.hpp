#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "gallery/anchor_place.hpp"
#include "gallery/vault.hpp"
#include "store/database.hpp"

namespace morgiana {

/// The numbers of all subjects that a gallery has ever taken out, kept beside its anchor, where a
/// backup that is brought back does not bring them back.
class RevocationLedger {
 public:
  static constexpr std::size_t kEntryBytes = 40;

  RevocationLedger(const Anchor& anchor, const Vault& vault) : anchor_(anchor), vault_(vault) {}

  /// Whether the anchor keeps one.
  bool is_kept() const { return anchor_.place().ledger() != nullptr; }

  /// None where it was not begun. Errors: anchor_failed: an entry is damaged or of another gallery,
  /// so that who else was revoked is not known.
  std::optional<std::set<std::uint64_t>> read() const;

  /// All whom the gallery of a snapshot ever took out are in it then; nothing where none is kept.
  /// Errors: as read.
  void bring_up(const store::Snapshot& snapshot) const;

  /// Who was taken out since, in one that is kept and was begun. Who is in it already may be in it
  /// twice.
  void append(std::span<const std::uint64_t> subject_keys) const;

 private:
  const Anchor& anchor_;
  const Vault& vault_;
};

}  // namespace morgiana
