#include "morgiana/nonce_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "data.hpp"
#include "errors.hpp"
#include "receipt/child.hpp"
#include "receipt/desk.hpp"
#include "store/faulty_vfs.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

/// How many replays of one receipt: a million on request.
std::size_t num_replays() {
  const char* given = std::getenv("MORGIANA_REPLAYS");
  return given == nullptr ? 20'000 : std::strtoul(given, nullptr, 10);
}

struct Nonces : ::testing::Test {
  /// The number-th receipt of an issuer, verified.
  Receipt receipt(int number, std::int64_t lifetime_s = 120) const {
    std::array<std::uint8_t, 16> bits{};
    for (std::size_t i = 0; i < 4; ++i) bits[i] = static_cast<std::uint8_t>(number >> (8 * i));
    Desk::Json claims = Desk::claims();
    claims["jti"] = seal::base64url(ByteView(bits));
    claims["iat"] = desk.now;
    claims["exp"] = desk.now + lifetime_s;
    return desk.verifier().verify(desk.token(claims));
  }

  NonceStore create() const { return NonceStore::create(path, clock()); }
  NonceStore open() const { return NonceStore::open(path, clock()); }
  Clock clock() const {
    return [this] { return desk.now; };
  }

  test::ScratchFolder folder;
  std::string path = folder / "nonces";
  Desk desk;
};

TEST_F(Nonces, AreUsedOnce) {
  NonceStore store = create();
  store.use(receipt(1));
  EXPECT_ERRC(store.use(receipt(1)), Errc::replayed);
  store.use(receipt(2));
  EXPECT_ERRC(store.use(receipt(2)), Errc::replayed);
}

TEST_F(Nonces, AreUsedOnceWhoeverHasTheStoreOpen) {
  NonceStore store = create();
  NonceStore beside = open();
  store.use(receipt(1));
  EXPECT_ERRC(beside.use(receipt(1)), Errc::replayed);
  beside.use(receipt(2));
  EXPECT_ERRC(store.use(receipt(2)), Errc::replayed);
  NonceStore later = open();
  EXPECT_ERRC(later.use(receipt(1)), Errc::replayed);
}

TEST_F(Nonces, AreOfTheirIssuer) {
  NonceStore store = create();
  store.use(receipt(1));
  Desk other;
  other.key = Desk::key_of(9);
  Desk::Json claims = Desk::claims();
  claims["iss"] = "https://other.example";
  claims["jti"] = receipt(1).claims().id;
  const ReceiptVerifier verifier({.keys = {{"https://other.example", other.jwk()}},
                                  .relying_party = Desk::kParty,
                                  .clock = clock()});
  store.use(verifier.verify(other.token(claims)));
}

TEST_F(Nonces, AreUsedOnceOverAllThreads) {
  NonceStore store = create();
  NonceStore beside = open();
  constexpr int kReceipts = 20;
  std::atomic<int> num_used = 0;
  std::atomic<int> num_replayed = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kReceipts; ++i) {
        try {
          (thread % 2 == 0 ? store : beside).use(receipt(i));
          ++num_used;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Errc::replayed) << error.what();
          ++num_replayed;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_used, kReceipts);
  EXPECT_EQ(num_replayed, 7 * kReceipts);
}

TEST_F(Nonces, AreUsedOnceOverAllProcesses) {
  test::Child make([&](const auto&) { return create(), 0; });
  ASSERT_EQ(make.wait(), 0);
  constexpr int kReceipts = 100;
  const auto work = [&](const test::Child::Say& say) {
    NonceStore store = open();
    for (int i = 0; i < kReceipts; ++i) {
      try {
        store.use(receipt(i));
        say(&i, sizeof i);
      } catch (const Error& error) {
        if (error.code() != Errc::replayed) return 1;
      }
    }
    return 0;
  };
  test::Child one(work);
  test::Child two(work);
  std::vector<int> num_used(kReceipts);
  for (const test::Child* child : {&one, &two}) {
    int number = 0;
    while (child->hear(&number, sizeof number)) ++num_used.at(static_cast<std::size_t>(number));
  }
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(two.wait(), 0);
  EXPECT_EQ(num_used, std::vector<int>(kReceipts, 1));
}

/// What was said to be used stays used. One that was being used may be.
TEST_F(Nonces, StayUsedWhereAProcessIsKilled) {
  test::Child make([&](const auto&) { return create(), 0; });
  ASSERT_EQ(make.wait(), 0);
  std::vector<int> used;
  for (int round = 0; round < 10; ++round) {
    test::Child child([&](const test::Child::Say& say) -> int {
      NonceStore store = open();
      for (int i = round * 1'000'000;; ++i) {
        store.use(receipt(i));
        say(&i, sizeof i);
      }
    });
    int number = 0;
    for (int heard = 0; heard < 1 + round * 3; ++heard) {
      ASSERT_TRUE(child.hear(&number, sizeof number));
      used.push_back(number);
    }
    child.kill();
    while (child.hear(&number, sizeof number)) used.push_back(number);
    test::Child check([&](const auto&) {
      NonceStore store = open();
      const auto is_replay = [&](int i) {
        try {
          store.use(receipt(i));
        } catch (const Error& error) {
          return error.code() == Errc::replayed;
        }
        return false;
      };
      return std::all_of(used.begin(), used.end(), is_replay) ? 0 : 1;
    });
    ASSERT_EQ(check.wait(), 0);
  }
}

TEST_F(Nonces, AreRefusedHoweverOftenTheyAreReplayed) {
  NonceStore store = create();
  const Receipt used = receipt(1);
  store.use(used);
  std::size_t num_refused = 0;
  for (std::size_t i = 0; i < num_replays(); ++i) {
    try {
      store.use(used);
    } catch (const Error& error) {
      if (error.code() == Errc::replayed) ++num_refused;
    }
  }
  EXPECT_EQ(num_refused, num_replays());
}

std::int64_t num_rows(const std::string& path) {
  return std::stoll(test::run_sql(path, "SELECT count(*) FROM used"));
}

/// No verifier's leeway is longer than 300 s: what expired before that is no receipt to anybody.
TEST_F(Nonces, AreForgottenWhenNobodyCouldTakeThemAnyMore) {
  {
    NonceStore store = create();
    store.use(receipt(1, 100));
    desk.now += 100 + kMaxLeeway_s;
    store.use(receipt(2));
    store.use(receipt(3));
  }
  EXPECT_EQ(num_rows(path), 3);
  ++desk.now;
  {
    NonceStore store = open();
    store.use(receipt(4));
  }
  EXPECT_EQ(num_rows(path), 3);
}

/// With the clock back where it was, the receipt is in time, and was forgotten.
TEST_F(Nonces, AreNotUsedAgainWhereTheClockIsSetBack) {
  NonceStore store = create();
  const Receipt old = receipt(1, 100);
  const Receipt unused = receipt(2, 100);
  store.use(old);
  desk.now += 1000;
  store.use(receipt(3));
  desk.now -= 1000;
  EXPECT_ERRC(store.use(old), Errc::expired);
  EXPECT_ERRC(store.use(unused), Errc::expired);  // which nobody can know
  NonceStore again = open();
  EXPECT_ERRC(again.use(old), Errc::expired);
  again.use(receipt(4, 101));  // of a time that was not forgotten
}

TEST_F(Nonces, AreRefusedWhereTheyExpireBetweenVerificationAndUse) {
  NonceStore store = create();
  const Receipt last = receipt(1, 10);
  desk.now += 10 + 30;
  store.use(last);
  const Receipt late = receipt(2, 10);
  desk.now += 10 + 31;
  EXPECT_ERRC(store.use(late), Errc::expired);
}

/// A store that is made anew knows nothing of what the one before it knew.
TEST_F(Nonces, AreRefusedWhereTheyAreOlderThanTheStore) {
  const Receipt before = receipt(1);
  ++desk.now;
  NonceStore store = create();
  EXPECT_ERRC(store.use(before), Errc::expired);
  store.use(receipt(2));
}

TEST_F(Nonces, AreNotTakenByAFileThatTookThePlaceOfTheStore) {
  NonceStore store = create();
  store.use(receipt(1));
  NonceStore other = NonceStore::create(folder / "other", clock());
  std::filesystem::rename(path, folder / "away");
  EXPECT_ERRC(store.use(receipt(2)), Errc::not_found);
  std::filesystem::rename(folder / "other", path);
  EXPECT_ERRC(store.use(receipt(2)), Errc::replaced);
  EXPECT_ERRC(store.use(receipt(1)), Errc::replaced);
}

TEST_F(Nonces, AreLeftToTheProcessThatOpenedTheStore) {
  NonceStore store = create();
  store.use(receipt(1));
  const Receipt next = receipt(2);
  test::Child child([&](const auto&) {
    try {
      store.use(next);
      return 1;
    } catch (const Error& error) {
      if (error.code() != Errc::closed) return 2;
    }
    const NonceStore gone = std::move(store);
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  store.use(next);
  NonceStore beside = open();
  EXPECT_ERRC(beside.use(next), Errc::replayed);
}

TEST_F(Nonces, AreRefusedOnAFullDisk) {
  test::FaultyVfs disk;
  NonceStore store = create();
  store.use(receipt(1));
  for (int at = 1; at < 4; ++at) {
    disk.fail_from(test::FaultyVfs::Operation::write, at, SQLITE_FULL);
    EXPECT_ERRC(store.use(receipt(1)), Errc::replayed);
    EXPECT_ERRC(store.use(receipt(2)), Errc::storage_full);
    disk.heal();
  }
  disk.fail_from(test::FaultyVfs::Operation::sync, 1, SQLITE_IOERR_FSYNC);
  EXPECT_ERRC(store.use(receipt(3)), Errc::storage_failed);
  disk.heal();
  store.use(receipt(2));
  EXPECT_ERRC(store.use(receipt(2)), Errc::replayed);
}

TEST_F(Nonces, NeedAStoreThatIsOne) {
  EXPECT_ERRC(open(), Errc::not_found);
  create();
  EXPECT_ERRC(create(), Errc::already_exists);
  std::ofstream(folder / "text") << "this is no database, and it is long enough to look at";
  EXPECT_ERRC(NonceStore::open(folder / "text"), Errc::storage_failed);
  std::ofstream(folder / "empty").flush();
  EXPECT_ERRC(NonceStore::open(folder / "empty"), Errc::storage_failed);
  test::run_sql(path, "PRAGMA user_version = 2");
  EXPECT_ERRC(open(), Errc::unsupported_format);
  NonceStore moved_from = NonceStore::create(folder / "other", clock());
  NonceStore moved = std::move(moved_from);
  EXPECT_ERRC(moved_from.use(receipt(1)), Errc::closed);
}

}  // namespace
}  // namespace morgiana
