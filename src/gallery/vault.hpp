#pragma once

#include <cstdint>
#include <span>

#include "gallery/commit_head.hpp"
#include "gallery/subject_entry.hpp"
#include "seal/key_slot.hpp"
#include "seal/keyset.hpp"
#include "store/records.hpp"

namespace morgiana {

/// The keys of one gallery at work: seals and opens its records, authenticates its rows and heads.
class Vault {
 public:
  Vault(seal::GalleryIdentity gallery, seal::Keyset keyset);

  const seal::GalleryIdentity& gallery() const noexcept { return gallery_; }
  const seal::Keyset& keyset() const noexcept { return keyset_; }

  std::size_t sealed_bytes() const noexcept;  // of one reference

  /// Shape: values [dim], sealed [sealed_bytes].
  void seal(const seal::SecretKey& key, std::uint64_t reference, std::span<const float> values,
            seal::Random& random, MutableBytes sealed) const;
  /// Errors: not_authentic.
  void open(const seal::SecretKey& key, std::uint64_t reference, ByteView sealed,
            std::span<float> values) const;

  seal::KeySlot wrap(std::uint64_t subject_key, std::uint64_t slot, const seal::SecretKey& key,
                     seal::Random& random) const;
  /// Errors: not_authentic.
  seal::SecretKey unwrap(std::uint64_t subject_key, std::uint64_t slot,
                         const seal::KeySlot& wrapped) const;

  /// Errors: not_authentic.
  void check_row(const store::SubjectRow& row) const;
  seal::Digest entry_digest(const SubjectEntry& entry) const;

  /// The same for many records, with keys that are set up once. One thread.
  class Macs {
   public:
    explicit Macs(const Vault& vault) : rows_(vault.row_key_), entries_(vault.entry_key_) {}

    seal::Digest row_tag(const store::SubjectRow& row);
    /// Errors: not_authentic.
    void check_row(const store::SubjectRow& row) { check_tag(row, row_tag(row)); }
    seal::Digest entry_digest(const SubjectEntry& entry) { return entries_.digest(entry.view()); }

   private:
    seal::Hmac rows_;
    seal::Hmac entries_;
  };

  Bytes encode(const CommitHead& head) const { return head.encode(head_key_, gallery_); }
  /// Errors: not_authentic.
  CommitHead decode(ByteView stored) const {
    return CommitHead::decode(head_key_, gallery_, stored);
  }

 private:
  seal::GalleryIdentity gallery_;
  seal::Keyset keyset_;
  seal::SecretKey head_key_;
  seal::SecretKey row_key_;
  seal::SecretKey entry_key_;
};

}  // namespace morgiana
