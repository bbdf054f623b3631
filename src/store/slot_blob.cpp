#include "store/slot_blob.hpp"

#include <string>

#include "morgiana/error.hpp"

namespace morgiana::store {

/// Opens the row of the slot; returns the slot's offset in it.
int SlotBlob::seek(std::uint64_t slot) {
  const std::uint64_t row = slot / kSlotsPerRow;
  if (blob_ == nullptr) {
    sqlite3_blob* blob = nullptr;
    connection_.require(
        sqlite3_blob_open(connection_.get(), "main", "key_slots", "content",
                          static_cast<std::int64_t>(row), static_cast<int>(access_), &blob),
        "opening the key slots of");
    blob_.reset(blob);
  } else if (row != row_) {
    const int code = sqlite3_blob_reopen(blob_.get(), static_cast<std::int64_t>(row));
    if (code != SQLITE_OK) {
      close();  // a handle that failed to reopen reads nothing any more
      connection_.fail(code, "opening the key slots of");
    }
  }
  row_ = row;
  if (sqlite3_blob_bytes(blob_.get()) != static_cast<int>(kSlotRowBytes)) {
    throw Error(Errc::storage_failed, "key slot row " + std::to_string(row) + " of " +
                                          connection_.path() + " has the wrong length");
  }
  return static_cast<int>(slot % kSlotsPerRow * kSlotBytes);
}

void SlotBlob::read(std::uint64_t slot, std::span<std::uint8_t, kSlotBytes> out) {
  const int offset = seek(slot);
  connection_.require(sqlite3_blob_read(blob_.get(), out.data(), kSlotBytes, offset),
                      "reading a key slot of");
}

void SlotBlob::write(std::uint64_t slot, std::span<const std::uint8_t, kSlotBytes> content) {
  const int offset = seek(slot);
  connection_.require(sqlite3_blob_write(blob_.get(), content.data(), kSlotBytes, offset),
                      "writing a key slot of");
}

}  // namespace morgiana::store
