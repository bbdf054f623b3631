#pragma once

#include <cstdint>
#include <memory>

#include "store/records.hpp"
#include "store/sqlite.hpp"

namespace morgiana::store {

/// Reads and writes key slots in place, inside the current transaction of a connection.
class SlotBlob {
 public:
  enum class Access { read = 0, write = 1 };

  SlotBlob(const Connection& connection, Access access)
      : connection_(connection), access_(access) {}

  void read(std::uint64_t slot, std::span<std::uint8_t, kSlotBytes> out);
  void write(std::uint64_t slot, std::span<const std::uint8_t, kSlotBytes> content);
  void close() noexcept { blob_.reset(); }  // before its transaction ends

 private:
  int seek(std::uint64_t slot);

  struct Close {
    void operator()(sqlite3_blob* blob) const noexcept { sqlite3_blob_close(blob); }
  };
  const Connection& connection_;
  Access access_;
  std::unique_ptr<sqlite3_blob, Close> blob_;
  std::uint64_t row_ = 0;
};

}  // namespace morgiana::store
