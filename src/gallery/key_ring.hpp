#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "seal/keyset.hpp"

namespace morgiana {

/// The keyset in use, whose next generation may take its place while others use this one. Who takes
/// a snapshot of the records first, and then a keyset, has every key that the snapshot needs:
/// docs/FORMAT.md#order-of-writes. Threads: any.
class KeyRing {
 public:
  using Read = std::function<seal::Keyset()>;

  /// `read` gives the newest generation that is stored.
  KeyRing(seal::Keyset first, Read read) : read_(std::move(read)) {
    use(std::make_shared<const seal::Keyset>(std::move(first)));
  }

  std::shared_ptr<const seal::Keyset> current() const;
  /// Keeps what is in use where that is newer.
  void use(std::shared_ptr<const seal::Keyset> next);

  /// The one in use, or what is stored by now, where the one in use is older than that.
  std::shared_ptr<const seal::Keyset> at_least(std::uint64_t generation);
  /// The same for one that has a wrapping key; it may lack that all the same.
  std::shared_ptr<const seal::Keyset> with(std::uint32_t wrapping_key_id);

 private:
  void read_newer();

  Read read_;
  std::mutex read_mutex_;  // so that one thread reads, and the others take what it has read
  mutable std::mutex mutex_;
  std::shared_ptr<const seal::Keyset> keyset_;
};

}  // namespace morgiana
