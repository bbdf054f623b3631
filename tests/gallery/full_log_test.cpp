#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "gallery/campus.hpp"
#include "store/shim_vfs.hpp"

namespace morgiana {
namespace {

/// A disk with room for so many bytes of log.
class SmallDisk : public test::ShimVfs::Watch {
 public:
  bool was_full() const { return was_full_; }

 private:
  static constexpr sqlite3_int64 kRoom = 600'000;

  int write(const char* path, sqlite3_file& real, const void* bytes, int num_bytes,
            sqlite3_int64 offset) override {
    if (path != nullptr && std::string_view(path).ends_with("-wal") && offset > kRoom) {
      was_full_ = true;
      return SQLITE_FULL;
    }
    return Watch::write(path, real, bytes, num_bytes, offset);
  }

  bool was_full_ = false;
};

TEST(FullLog, IsEmptiedBeforeAChangeIsRefused) {
  SmallDisk disk;
  const test::ShimVfs shim("morgiana-small", disk);
  Campus campus;
  std::vector<Template> people;
  for (int i = 0; i < 40; ++i) {
    people.push_back(campus.person());
    campus.gallery.enrol("p" + std::to_string(i), {people.back()});
  }
  EXPECT_TRUE(disk.was_full());
  campus.reopen();
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(campus.find(people[static_cast<std::size_t>(i)]), Names{"p" + std::to_string(i)});
  }
  campus.gallery.close();
}

}  // namespace
}  // namespace morgiana
