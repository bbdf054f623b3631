#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "gallery/anchor_place.hpp"
#include "gallery/descent.hpp"
#include "gallery/write_turn.hpp"

namespace morgiana {

/// The anchor of an open gallery: what it holds is a head that the gallery's newest descends from.
/// Threads: any.
class Anchored {
 public:
  /// Holds the newest head of a snapshot against the anchor.
  /// Errors: anchor_failed (it holds nothing); rolled_back; not_authentic (it holds something
  /// else); what it throws.
  Anchored(Anchor anchor, const Vault& vault, const store::Snapshot& snapshot,
           const CommitHead& newest);

  /// Stores the first head of a gallery in an anchor that holds nothing.
  /// Errors: already_exists (it holds something); rolled_back (by its ledger); what it throws.
  static void begin(const Anchor& anchor, const Vault& vault, const store::Snapshot& snapshot,
                    const CommitHead& newest);

  /// What an anchor holds of a gallery that may be older.
  struct Held {
    Anchor::Value stored;
    CommitHead head;
    std::set<std::uint64_t> revoked;  // subjects, by number
  };
  /// Errors: anchor_failed (it holds nothing, or keeps no ledger); not_authentic.
  static Held read(const Anchor& anchor, const Vault& vault);

  /// Stores the newest head in the place of one that it need not descend from, and in the ledger
  /// whom the gallery took out, numbers that were skipped among them. False where the anchor was
  /// moved meanwhile. Errors: what the anchor throws.
  static bool replace(const Anchor& anchor, const Held& held, const Vault& vault,
                      const store::Snapshot& snapshot, const CommitHead& newest);

  /// Stores the newest head, which must be durable: the caller keeps commits away that are not.
  /// Where the anchor was moved by somebody else, the gallery is a copy that is not the newest:
  /// from then on refuse_copy() throws. Errors: rolled_back; what the anchor throws: then it may
  /// hold either, and the next advance finds out.
  void advance(const Vault& vault, const store::Database& database);

  /// Errors: rolled_back.
  void refuse_copy() const;

  /// Errors: invalid_argument where this thread is moving the anchor.
  void refuse_own() const { turn_.refuse_own(); }

  const Anchor& anchor() const noexcept { return anchor_; }

 private:
  static CommitHead decode(const Anchor& anchor, const Vault& vault, const Anchor::Value& stored);
  void check(const Vault& vault, const store::Snapshot& snapshot, const CommitHead& newest,
             const Anchor::Value& stored) const;
  void look_again(const Vault& vault, const store::Snapshot& snapshot, const CommitHead& newest);
  void keep_revoked(const Vault& vault, const store::Snapshot& snapshot);
  [[noreturn]] void fail(const std::string& breach) const;

  Anchor anchor_;
  WriteTurn turn_;
  Anchor::Value held_;
  bool has_ledger_ = false;  // with all who were revoked until held_
  std::atomic<bool> is_copy_ = false;
};

/// The anchor of a gallery that may be given one while others use it. Threads: get() from any,
/// put() with the turn of the writer.
class CurrentAnchor {
 public:
  /// Null without an anchor; stays valid when another is put in its place.
  Anchored* get() const noexcept { return current_.load(); }

  void put(std::unique_ptr<Anchored> next) {
    all_.push_back(std::move(next));
    current_.store(all_.back().get());
  }

 private:
  std::vector<std::unique_ptr<Anchored>> all_;
  std::atomic<Anchored*> current_ = nullptr;
};

}  // namespace morgiana
