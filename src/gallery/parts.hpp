#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gallery/anchored.hpp"
#include "gallery/commit_head.hpp"
#include "gallery/commit_queue.hpp"
#include "gallery/followed.hpp"
#include "gallery/paths.hpp"
#include "gallery/refusals.hpp"
#include "gallery/resolved_risks.hpp"
#include "gallery/slot_pool.hpp"
#include "gallery/vault.hpp"
#include "gallery/write_turn.hpp"
#include "index/code_index.hpp"
#include "index/rotation.hpp"
#include "kernels/dispatch.hpp"
#include "morgiana/gallery.hpp"
#include "store/database.hpp"
#include "store/file_lock.hpp"

namespace morgiana {

/// What is enrolled, in memory and on disk, as of one commit.
struct State {
  std::shared_ptr<const index::CodeView> view;
  store::Snapshot records;
};

/// Everything that an open gallery holds; the verbs are functions over it, a file each. Who follows
/// another process holds no lock.
struct Parts {
  Parts(GalleryPaths where, KeySource opened_with, std::optional<store::FileLock> held,
        store::Database records, Vault keys, const Memory& memory, store::Sync sync)
      : enrolment_sync(sync),
        paths(std::move(where)),
        key(std::move(opened_with)),
        lock(std::move(held)),
        database(std::move(records)),
        vault(std::move(keys)),
        kernels(kernels::chosen()),
        coded_with(vault.keys().current()),
        index({dim(), memory.residual_codes, memory.references == References::resident},
              rotation_of(*coded_with)) {}

  std::uint32_t dim() const noexcept { return vault.gallery().model.dim; }

  std::shared_ptr<const index::Rotation> rotation_of(const seal::Keyset& keyset) const {
    return std::make_shared<const index::Rotation>(dim(), keyset.rotation_seed().bytes());
  }

  /// The newest committed head. Threads: from many at once.
  CommitHead committed() const {
    const std::lock_guard lock_head(head_mutex);
    return head;
  }

  store::Sync enrolment_sync;
  GalleryPaths paths;
  KeySource key;
  std::optional<store::FileLock> lock;
  store::Database database;
  Vault vault;
  const kernels::KernelTable& kernels;
  std::shared_ptr<const seal::Keyset> coded_with;  // whose rotation; guarded by the turn
  index::CodeIndex index;

  mutable WriteTurn write_turn;  // guards the slots, and what is followed
  SlotPool slots;
  std::atomic<bool> has_pending_erasures = false;  // or it is not known
  CommitQueue queue;
  std::unique_ptr<Refusals> refusals;  // null where they are not counted
  ResolvedRisks risks;
  CurrentAnchor anchored;
  std::unique_ptr<Followed> followed;  // null where this process is the one that writes

  mutable std::mutex head_mutex;  // guards the head
  CommitHead head;
};

}  // namespace morgiana
