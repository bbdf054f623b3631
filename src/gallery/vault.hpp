#pragma once

#include <cstdint>
#include <span>

#include "gallery/commit_head.hpp"
#include "gallery/key_ring.hpp"
#include "gallery/subject_entry.hpp"
#include "seal/key_slot.hpp"
#include "seal/keyset.hpp"
#include "store/records.hpp"

namespace morgiana {

/// The keys of one gallery at work: seals and opens its records, authenticates its rows and heads.
class Vault {
 public:
  /// `read` gives the newest keyset that is stored.
  Vault(seal::GalleryIdentity gallery, seal::Keyset keyset, KeyRing::Read read);

  const seal::GalleryIdentity& gallery() const noexcept { return gallery_; }
  KeyRing& keys() const noexcept { return *keys_; }

  std::size_t sealed_bytes() const noexcept;  // of one reference

  /// Shape: values [dim], sealed [sealed_bytes].
  void seal(const seal::SecretKey& key, std::uint64_t reference, std::span<const float> values,
            seal::Random& random, MutableBytes sealed) const;
  /// Under the current wrapping key.
  seal::KeySlot wrap(std::uint64_t subject_key, std::uint64_t slot, const seal::SecretKey& key,
                     seal::Random& random) const;

  /// Opens records of a snapshot that was taken before. One thread at a time.
  class Opener {
   public:
    explicit Opener(const Vault& vault)
        : vault_(vault),
          keyset_(vault.keys().current()),
          subject_keys_(seal::Binding::of_subject_keys(vault.gallery())),
          references_(seal::Binding::of_references(vault.gallery())) {}

    /// Errors: not_authentic; of who follows, those of reading a keyset.
    seal::SecretKey unwrap(std::uint64_t subject_key, std::uint64_t slot,
                           const seal::KeySlot& wrapped);
    /// Shape: as seal. Errors: not_authentic.
    void open(const seal::SecretKey& key, std::uint64_t reference, ByteView sealed,
              std::span<float> values);

   private:
    const Vault& vault_;
    std::shared_ptr<const seal::Keyset> keyset_;
    seal::Opener cipher_;
    seal::Binding subject_keys_;
    seal::Binding references_;
  };

  /// Errors: not_authentic.
  void check_row(const store::SubjectRow& row) const;
  seal::Digest entry_digest(const SubjectEntry& entry) const;
  /// Of an entry in the ledger of an anchor.
  seal::Digest revoked_tag(std::uint64_t subject_key) const;

  /// The same for many records, with keys that are set up once. One thread.
  class Macs {
   public:
    explicit Macs(const Vault& vault) : rows_(vault.row_key()), entries_(vault.entry_key()) {}

    seal::Digest row_tag(const store::SubjectRow& row);
    /// Errors: not_authentic.
    void check_row(const store::SubjectRow& row) { check_tag(row, row_tag(row)); }
    seal::Digest entry_digest(const SubjectEntry& entry) { return entries_.digest(entry.view()); }

   private:
    seal::Hmac rows_;
    seal::Hmac entries_;
  };

  /// That the keys of relying parties are drawn from.
  const seal::SecretKey& relying_party_key() const noexcept { return drawn_keys_[4]; }
  /// That the key is drawn from which signs receipts.
  const seal::SecretKey& receipt_seed() const noexcept { return drawn_keys_[5]; }

  Bytes encode(const CommitHead& head) const { return head.encode(head_key(), gallery_); }
  /// Errors: not_authentic.
  CommitHead decode(ByteView stored) const {
    return CommitHead::decode(head_key(), gallery_, stored);
  }

 private:
  const seal::SecretKey& head_key() const noexcept { return drawn_keys_[0]; }
  const seal::SecretKey& row_key() const noexcept { return drawn_keys_[1]; }
  const seal::SecretKey& entry_key() const noexcept { return drawn_keys_[2]; }

  seal::GalleryIdentity gallery_;
  std::unique_ptr<KeyRing> keys_;
  seal::LockedVector<seal::SecretKey> drawn_keys_;
};

}  // namespace morgiana
