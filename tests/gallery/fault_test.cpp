#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <sqlite3.h>

#include "errors.hpp"
#include "gallery/held_enrolment.hpp"
#include "store/faulty_vfs.hpp"

namespace morgiana {
namespace {

using test::FaultyVfs;

constexpr int kNeverReached = 1000;

/// What happened to a verb that ran while operation `first` and all later ones failed.
struct Attempt {
  bool succeeded;
  bool disk_failed;
};

template <class Verb>
Attempt attempt(FaultyVfs& disk, FaultyVfs::Operation operation, int code, int first, Verb verb) {
  disk.fail_from(operation, first, code);
  Attempt result{true, false};
  try {
    verb();
  } catch (const Error& error) {
    result.succeeded = false;
    EXPECT_TRUE(error.code() == Errc::storage_full || error.code() == Errc::storage_failed)
        << name(error.code()) << ": " << error.what();
  }
  result.disk_failed = disk.has_failed();
  disk.heal();
  return result;
}

struct Fault {
  FaultyVfs::Operation operation;
  int code;
};
constexpr Fault kFaults[] = {{FaultyVfs::Operation::write, SQLITE_FULL},
                             {FaultyVfs::Operation::write, SQLITE_IOERR_WRITE},
                             {FaultyVfs::Operation::sync, SQLITE_IOERR_FSYNC}};

TEST(FailingDisk, AnEnrolmentIsWhollyThereOrWhollyNot) {
  for (const Fault& fault : kFaults) {
    for (int first = 1; first < kNeverReached; ++first) {
      FaultyVfs disk;
      Campus campus;
      const Template ada = campus.person();
      const Template bob = campus.person();
      campus.gallery.enrol("ada", {ada});
      const Attempt enrolment = attempt(disk, fault.operation, fault.code, first, [&] {
        campus.gallery.enrol("bob", {bob, campus.again(bob)});
      });
      EXPECT_EQ(campus.find(ada), Names{"ada"});
      EXPECT_EQ(campus.find(bob), enrolment.succeeded ? Names{"bob"} : Names{});
      campus.reopen();
      EXPECT_EQ(campus.find(ada), Names{"ada"});
      if (enrolment.succeeded) {
        EXPECT_EQ(campus.find(bob), Names{"bob"});
      }
      if (!campus.gallery.contains("bob")) campus.gallery.enrol("bob", {bob});
      EXPECT_EQ(campus.find(bob), Names{"bob"});
      if (!enrolment.disk_failed) break;
      ASSERT_LT(first, kNeverReached - 1);
    }
  }
}

TEST(FailingDisk, ARevocationThatWasReportedHolds) {
  for (const Fault& fault : kFaults) {
    for (int first = 1; first < kNeverReached; ++first) {
      FaultyVfs disk;
      Campus campus;
      const Template ada = campus.person();
      campus.gallery.enrol("ada", {ada});
      const Attempt removal =
          attempt(disk, fault.operation, fault.code, first, [&] { campus.gallery.remove("ada"); });
      if (removal.succeeded) {
        EXPECT_TRUE(campus.find(ada).empty());
      }
      campus.reopen();
      if (removal.succeeded) {
        EXPECT_FALSE(campus.gallery.contains("ada"));
      }
      if (campus.gallery.contains("ada")) campus.gallery.remove("ada");
      EXPECT_TRUE(campus.find(ada).empty());
      EXPECT_EQ(campus.gallery.stats().num_pending_erasures, 0U);
      if (!removal.disk_failed) break;
      ASSERT_LT(first, kNeverReached - 1);
    }
  }
}

TEST(FailingDisk, AFullDiskLeavesTheGalleryInUse) {
  FaultyVfs disk;
  Campus campus;
  const Template ada = campus.person();
  attempt(disk, FaultyVfs::Operation::write, SQLITE_FULL, 1,
          [&] { campus.gallery.enrol("ada", {ada}); });
  EXPECT_TRUE(campus.find(ada).empty());
  campus.gallery.enrol("ada", {ada});
  EXPECT_EQ(campus.find(ada), Names{"ada"});
}

TEST(FailingDisk, AllWhoShareACommitAreToldWhyItFailed) {
  FaultyVfs disk;
  Campus campus;
  constexpr std::size_t kThreads = 4;
  const std::vector<Template> people{campus.person(), campus.person(), campus.person(),
                                     campus.person()};
  std::vector<std::string> told(kThreads);
  campus.gallery.enrol("first", {campus.person()});  // syncs the header of the log too
  {
    HeldEnrolment slow(campus, "slow");
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        try {
          campus.gallery.enrol(std::to_string(t), {people[t]});
        } catch (const Error& error) {
          told[t] = error.what();
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // all wait by now, most likely
    disk.fail_from(FaultyVfs::Operation::sync, 2, SQLITE_IOERR_FSYNC);  // the first is of the slow
    slow.release();
    for (std::thread& thread : threads) thread.join();
  }
  disk.heal();
  for (const std::string& message : told) {
    EXPECT_NE(message.find("SQLite " + std::to_string(SQLITE_IOERR_FSYNC)), std::string::npos)
        << "'" << message << "'";
  }
  campus.reopen();
  EXPECT_TRUE(campus.gallery.contains("slow"));
}

TEST(FailingDisk, ACreateThatFailsLeavesNothingInItsWay) {
  for (const Fault& fault : kFaults) {
    for (int first = 1; first < kNeverReached; ++first) {
      FaultyVfs disk;
      const test::ScratchFolder folder;
      const KeySource key = KeySource::create_file(folder / "key");
      const auto create = [&] { Gallery::create(folder / "g", {{"m", 64}, key}).close(); };
      const Attempt creation = attempt(disk, fault.operation, fault.code, first, create);
      if (creation.succeeded) {
        EXPECT_NO_THROW(Gallery::open(folder / "g", {key}));
      } else {
        EXPECT_NO_THROW(create());
      }
      if (!creation.disk_failed) break;
      ASSERT_LT(first, kNeverReached - 1);
    }
  }
}

}  // namespace
}  // namespace morgiana
