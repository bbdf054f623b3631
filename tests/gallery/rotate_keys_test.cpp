#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "gallery/keyset_file.hpp"
#include "seal/key_slot.hpp"
#include "store/durable_file.hpp"
#include "store/faulty_vfs.hpp"
#include "store/database.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

seal::Keyset keyset_of(const Campus& campus) {
  return read_keyset(campus.path + ".keyset", campus.key);
}

/// Under which wrapping keys the subjects' keys are stored.
std::set<std::uint32_t> wrapping_keys(const std::string& path) {
  const store::Database database = store::Database::follow(path);
  const store::Snapshot snapshot = database.snapshot();
  std::set<std::uint32_t> ids;
  for (const auto& [subject_key, slot] : snapshot.owned_slots(0, 1'000'000)) {
    seal::KeySlot wrapped;
    snapshot.slot(slot, wrapped);
    ids.insert(seal::wrapping_key_id(wrapped));
  }
  return ids;
}

/// What is there is all that a crash may leave of a gallery: the files as they are.
void copy_database(const std::string& from, const std::string& to) {
  for (const char* suffix : {"", "-wal"}) {
    fs::remove(to + suffix);
    if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
  }
}

void copy_keyset(const std::string& from, const std::string& to) {
  fs::copy_file(from + ".keyset", to + ".keyset", fs::copy_options::overwrite_existing);
}

/// A campus with people enough for two batches of a rotation.
struct Crowd : Campus {
  static constexpr std::size_t kPeople = 3000;

  Crowd() {
    std::vector<Enrolment> all;
    for (std::size_t i = 0; i < kPeople; ++i) {
      people.push_back(person());
      all.push_back({SubjectId("p" + std::to_string(i)), {people.back()}});
    }
    gallery.enrol(all);
  }

  bool finds_all(const Gallery& in) const {
    for (std::size_t i = 0; i < kPeople; i += 97) {
      const Identification found = in.identify(people[i], {.accept = {{0.9F}}});
      if (found.num_accepted() != 1 || found.candidates()[0].subject.str() != name(i)) return false;
    }
    return true;
  }
  static std::string name(std::size_t i) { return "p" + std::to_string(i); }

  std::vector<Template> people;
};

struct Enough {};

TEST(RotateKeys, MovesEverySubjectUnderANewKey) {
  Crowd crowd;
  const Gallery follower = Gallery::follow(crowd.path, {crowd.key});
  std::uint64_t told = 0;
  const KeyRotation rotation =
      crowd.gallery.rotate_keys({[&](std::uint64_t done, std::uint64_t all) {
        EXPECT_LE(done, all);
        EXPECT_TRUE(crowd.finds_all(crowd.gallery));
        EXPECT_TRUE(crowd.finds_all(follower));
        told = done;
      }});
  EXPECT_EQ(rotation.num_rewrapped, Crowd::kPeople);
  EXPECT_EQ(rotation.old_keys, Erasure::done);
  EXPECT_TRUE(rotation.is_overwritten);
  EXPECT_EQ(told, Crowd::kPeople);
  EXPECT_EQ(wrapping_keys(crowd.path), std::set<std::uint32_t>{2});
  EXPECT_EQ(keyset_of(crowd).generation(), 3U);
  EXPECT_EQ(keyset_of(crowd).find(1), nullptr);
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
  EXPECT_TRUE(crowd.finds_all(follower));
  crowd.gallery.enrol("new", {crowd.person()});
  EXPECT_TRUE(follower.contains("new"));
  EXPECT_EQ(crowd.gallery.rotate_keys().num_rewrapped, Crowd::kPeople + 1);
  EXPECT_TRUE(crowd.finds_all(follower));
  crowd.reopen();
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
  EXPECT_TRUE(Gallery::check(crowd.path, {crowd.key}).problems.empty());
}

TEST(RotateKeys, NoSearchAndNoChangeFailsBeside) {
  Crowd crowd;
  const Gallery follower = Gallery::follow(crowd.path, {crowd.key});
  std::atomic<bool> is_done = false;
  std::atomic<int> num_searches = 0;
  std::vector<std::thread> threads;
  for (const Gallery* gallery : {&std::as_const(crowd.gallery), &follower}) {
    threads.emplace_back([&, gallery] {
      for (std::size_t i = 0; !is_done; ++i) {
        const std::size_t who = i * 31 % Crowd::kPeople;
        const Identification found = gallery->identify(crowd.people[who], {.accept = {{0.9F}}});
        EXPECT_EQ(found.num_accepted(), 1U);
        EXPECT_TRUE(
            gallery->verify(Crowd::name(who), crowd.people[who], {.accept = {{0.9F}}}).accepted());
        ++num_searches;
      }
    });
  }
  const std::vector<Template> visitors(20, crowd.person());
  threads.emplace_back([&] {
    for (std::size_t i = 0; !is_done; ++i) {
      const std::string name = "visitor" + std::to_string(i);
      crowd.gallery.enrol(name, {visitors[i % visitors.size()]});
      EXPECT_TRUE(follower.contains(name));
      crowd.gallery.remove(name);
      EXPECT_FALSE(follower.contains(name));
    }
  });
  int num_done = 0;
  for (int tries = 0; num_done < 3 && tries < 2000; ++tries) {
    try {
      if (crowd.gallery.rotate_keys().old_keys == Erasure::done) ++num_done;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::locked) << error.what();  // a search at this moment
    }
  }
  is_done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_done, 3);
  EXPECT_GT(num_searches, 0);
  EXPECT_EQ(crowd.gallery.rotate_keys().old_keys, Erasure::done);
  EXPECT_EQ(wrapping_keys(crowd.path).size(), 1U);
  crowd.reopen();
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
}

/// Also where as many rotations were cut off as a keyset holds keys.
TEST(RotateKeys, AFullKeysetIsEmptiedAndThenRotated) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  const auto stop = [](std::uint64_t, std::uint64_t) { throw Enough(); };
  while (!keyset_of(campus).is_full()) EXPECT_THROW(campus.gallery.rotate_keys({stop}), Enough);
  const std::uint32_t last = keyset_of(campus).current().id;
  campus.gallery.enrol("late", {campus.person()});
  const std::uint64_t commit = campus.gallery.remove("late").commit;
  EXPECT_FALSE(campus.gallery.purge().is_overwritten) << "what became of the first is not known";
  EXPECT_FALSE(keyset_of(campus).has_retiring());
  EXPECT_EQ(keyset_of(campus).find(last), nullptr);
  EXPECT_TRUE(campus.gallery.erasure_receipt(commit).are_wrapping_keys_destroyed);
}

TEST(RotateKeys, GoesOnWhereItWasCutOff) {
  Crowd crowd;
  EXPECT_THROW(crowd.gallery.rotate_keys({[](std::uint64_t, std::uint64_t) { throw Enough(); }}),
               Enough);
  EXPECT_EQ(wrapping_keys(crowd.path), (std::set<std::uint32_t>{1, 2}));
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
  crowd.reopen();
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
  const KeyRotation rotation = crowd.gallery.rotate_keys();
  EXPECT_EQ(rotation.old_keys, Erasure::done);
  EXPECT_EQ(rotation.num_rewrapped, Crowd::kPeople);
  EXPECT_FALSE(rotation.is_overwritten) << "what became of the first keyset is not known";
  EXPECT_EQ(wrapping_keys(crowd.path), std::set<std::uint32_t>{3});
  EXPECT_FALSE(keyset_of(crowd).has_retiring());
}

/// Who was removed between two calls had a key under the first call's new wrapping key.
TEST(RotateKeys, GoingOnShutsOutWhoWasRemovedMeanwhile) {
  Crowd crowd;
  EXPECT_THROW(crowd.gallery.rotate_keys({[](std::uint64_t done, std::uint64_t) {
    if (done == Crowd::kPeople) throw Enough();
  }}),
               Enough);
  const std::string old = crowd.folder / "old";
  copy_database(crowd.path, old);
  crowd.gallery.remove("p0");
  crowd.gallery.rotate_keys();
  crowd.gallery.close();
  copy_keyset(crowd.path, old);
  EXPECT_ERRC(Gallery::open(old, {crowd.key}), Errc::not_authentic);
  for (const std::uint32_t id : wrapping_keys(old)) EXPECT_EQ(keyset_of(crowd).find(id), nullptr);
}

/// A commit that a full disk refused is tried again once the log is empty.
TEST(RotateKeys, ADiskThatIsFullForAMomentLosesNobody) {
  for (int which = 1, has_failed = 1; has_failed != 0; ++which) {
    test::FaultyVfs disk;
    Crowd crowd;
    disk.fail_once(test::FaultyVfs::Operation::write, which, SQLITE_FULL);
    try {
      crowd.gallery.rotate_keys();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::storage_full) << error.what();
    }
    has_failed = disk.has_failed() ? 1 : 0;
    disk.heal();
    crowd.reopen();
    ASSERT_TRUE(crowd.finds_all(crowd.gallery)) << which;
    ASSERT_LT(which, 1000);
  }
}

/// Its first bytes say that it is under the new key already; they are not authentic by themselves.
TEST(RotateKeys, AKeyThatIsStillNeededIsNotDestroyed) {
  Crowd crowd;
  crowd.gallery.close();
  store::Database database = store::Database::open(crowd.path);
  seal::KeySlot whole;
  database.snapshot().slot(0, whole);
  const auto put = [&](const seal::KeySlot& slot) {
    store::Transaction transaction = database.begin();
    transaction.write_slot(0, slot);
    transaction.commit();
  };
  crowd.gallery = Gallery::open(crowd.path, {crowd.key});
  seal::KeySlot flipped = whole;
  flipped[0] = 2;
  put(flipped);
  EXPECT_ERRC(crowd.gallery.rotate_keys(), Errc::not_authentic);
  EXPECT_NE(keyset_of(crowd).find(1), nullptr);
  put(whole);
  EXPECT_EQ(crowd.gallery.rotate_keys().old_keys, Erasure::done);
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
}

TEST(RotateKeys, SaysWhereAKeysetIsNotOverwritten) {
  Crowd crowd;
  fs::create_hard_link(crowd.path + ".keyset", crowd.folder / "linked");
  EXPECT_FALSE(crowd.gallery.rotate_keys().is_overwritten);
  EXPECT_TRUE(crowd.gallery.rotate_keys().is_overwritten);
}

/// A crash may leave a keyset whose commit was not written: one generation ahead, not more.
TEST(RotateKeys, ACrashBetweenKeysetAndCommitLosesNothing) {
  Crowd crowd;
  const std::string before = crowd.folder / "before";        // no commit names the first new keyset
  const std::string rewrapped = crowd.folder / "rewrapped";  // nor the second
  copy_database(crowd.path, before);
  crowd.gallery.rotate_keys({[&](std::uint64_t done, std::uint64_t all) {
    if (!fs::exists(before + ".keyset")) copy_keyset(crowd.path, before);
    if (done == all) copy_database(crowd.path, rewrapped);
  }});
  copy_keyset(crowd.path, rewrapped);
  for (const std::string& path : {before, rewrapped}) {
    EXPECT_TRUE(Gallery::check(path, {crowd.key}).problems.empty());
    Gallery gallery = Gallery::open(path, {crowd.key});
    EXPECT_TRUE(crowd.finds_all(gallery));
    gallery.enrol("new", {crowd.person()});
    EXPECT_EQ(gallery.rotate_keys().old_keys, Erasure::done);
    gallery.close();
    EXPECT_EQ(wrapping_keys(path).size(), 1U);
    EXPECT_TRUE(crowd.finds_all(Gallery::open(path, {crowd.key})));
  }
}

TEST(RotateKeys, AnOlderKeysetOrAnOlderDatabaseIsRefused) {
  Crowd crowd;
  const std::string old = crowd.folder / "old";
  copy_database(crowd.path, old);
  copy_keyset(crowd.path, old);
  crowd.gallery.rotate_keys();
  crowd.gallery.close();
  const std::string mixed = crowd.folder / "mixed";
  copy_database(crowd.path, mixed);
  copy_keyset(old, mixed);
  EXPECT_ERRC(Gallery::open(mixed, {crowd.key}), Errc::not_authentic);
  copy_database(old, mixed);
  copy_keyset(crowd.path, mixed);
  EXPECT_ERRC(Gallery::open(mixed, {crowd.key}), Errc::not_authentic);
}

TEST(RotateKeys, WaitsForWhoReadsAnOlderState) {
  Crowd crowd;
  const store::Database beside = store::Database::follow(crowd.path);
  std::optional<store::Snapshot> reader(beside.snapshot());
  EXPECT_ERRC(crowd.gallery.rotate_keys(), Errc::locked);
  reader.reset();
  const KeyRotation pending = crowd.gallery.rotate_keys(
      {[&](std::uint64_t, std::uint64_t) { reader.emplace(beside.snapshot()); }});
  EXPECT_EQ(pending.old_keys, Erasure::pending);
  EXPECT_NE(keyset_of(crowd).find(1), nullptr);
  EXPECT_TRUE(crowd.finds_all(crowd.gallery));
  reader.reset();
  const KeyRotation done = crowd.gallery.rotate_keys();
  EXPECT_EQ(done.old_keys, Erasure::done);
  EXPECT_FALSE(keyset_of(crowd).has_retiring());
}

TEST(RotateKeys, ABackupMadeMeanwhileOpens) {
  Crowd crowd;
  int num = 0;
  const auto copy = [&] { return crowd.folder / ("copy" + std::to_string(num)); };
  crowd.gallery.rotate_keys({[&](std::uint64_t, std::uint64_t) {
    crowd.gallery.backup(copy());
    ++num;
  }});
  EXPECT_GE(num, 2);
  while (num-- > 0) EXPECT_TRUE(crowd.finds_all(Gallery::open(copy(), {crowd.key})));
}

TEST(RotateKeys, ABackupOverARotationIsRefused) {
  Crowd crowd;
  const KeySource other = KeySource::create_file(crowd.folder / "other.key");
  bool is_first = true;
  EXPECT_ERRC(crowd.gallery.backup(crowd.folder / "copy", {[&](std::uint64_t, std::uint64_t) {
                                     if (is_first) {
                                       Gallery::change_key(crowd.path, crowd.key, other);
                                     }
                                     is_first = false;
                                   }}),
              Errc::locked);
  EXPECT_FALSE(fs::exists(crowd.folder / "copy"));
}

TEST(RotateKeys, IsRefusedToWhoFollowsAndToTwoAtOnce) {
  Crowd crowd;
  Gallery follower = Gallery::follow(crowd.path, {crowd.key});
  EXPECT_ERRC(follower.rotate_keys(), Errc::read_only);
  crowd.gallery.rotate_keys({[&](std::uint64_t, std::uint64_t) {
    EXPECT_ERRC(Gallery::change_key(crowd.path, crowd.key, crowd.key), Errc::locked);
    EXPECT_ERRC(crowd.gallery.rotate_keys(), Errc::locked);
  }});
}

TEST(RotateKeys, NeedsTheKeyThatOpensTheGalleryByNow) {
  Crowd crowd;
  Gallery follower = Gallery::follow(crowd.path, {crowd.key});
  const KeySource other = KeySource::create_file(crowd.folder / "other.key");
  Gallery::change_key(crowd.path, crowd.key, other);
  EXPECT_ERRC(crowd.gallery.rotate_keys(), Errc::wrong_key);
  crowd.gallery.close();
  crowd.gallery = Gallery::open(crowd.path, {other});
  crowd.gallery.rotate_keys();
  EXPECT_ERRC(follower.contains("p0"), Errc::wrong_key);
}

}  // namespace
}  // namespace morgiana
