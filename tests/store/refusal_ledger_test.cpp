#include "store/refusal_ledger.hpp"

#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "data.hpp"
#include "errors.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana::store {

bool operator==(const RefusalCount& a, const RefusalCount& b) {
  return std::tie(a.caller, a.subject_key, a.count) == std::tie(b.caller, b.subject_key, b.count);
}

namespace {

using Counts = std::vector<RefusalCount>;

constexpr Uuid kGallery{1};

void put(RefusalLedger& ledger, std::int64_t day, const Counts& counts) {
  ledger.write(day, [&] { return counts; });
}

struct RefusalLedgerTest : testing::Test {
  test::ScratchFolder folder;
  std::string path = folder / "g.refusals";
  RefusalLedger ledger{path, kGallery};
  RefusalLedger beside{path, kGallery};  // as another process has it
};

TEST_F(RefusalLedgerTest, TellsEachReaderWhatIsNewOnce) {
  EXPECT_EQ(ledger.read_new(5), Counts{});
  put(ledger, 5, {{"gate", 1, 1}, {"till", 1, 2}});
  put(beside, 5, {{"gate", 1, 3}});
  EXPECT_EQ(ledger.read_new(5), (Counts{{"till", 1, 2}, {"gate", 1, 3}}));
  EXPECT_EQ(ledger.read_new(5), Counts{});
  put(ledger, 5, {{"", 7, 1}});
  EXPECT_EQ(beside.read_new(5).size(), 3U);
  EXPECT_EQ(ledger.read_new(5), (Counts{{"", 7, 1}}));
}

TEST_F(RefusalLedgerTest, DecidesWhileNobodyElseWrites) {
  put(beside, 5, {{"gate", 1, 3}});
  ledger.write(5, [&] {
    EXPECT_EQ(ledger.read_new(5), (Counts{{"gate", 1, 3}}));
    return Counts{{"gate", 1, 4}};
  });
  EXPECT_EQ(beside.read_new(5), (Counts{{"gate", 1, 4}}));
}

TEST_F(RefusalLedgerTest, ForgetsADayWhenTheNextIsCounted) {
  put(ledger, 5, {{"gate", 1, 3}});
  EXPECT_EQ(ledger.read_new(6), Counts{});
  put(ledger, 6, {{"gate", 2, 1}});
  EXPECT_EQ(ledger.read_new(6), (Counts{{"gate", 2, 1}}));
  EXPECT_EQ(test::run_sql(path, "SELECT count(*) FROM refusals"), "1");
}

/// Another process may have begun a day before this one did.
TEST_F(RefusalLedgerTest, ReadsADayFromItsBeginning) {
  put(ledger, 5, {{"gate", 1, 3}});
  put(beside, 6, {{"gate", 2, 1}});
  EXPECT_EQ(ledger.read_new(5),
            (Counts{{"gate", 2, 1}}));  // of tomorrow: not missed, whoever is right
  EXPECT_EQ(ledger.read_new(6), (Counts{{"gate", 2, 1}}));
}

TEST_F(RefusalLedgerTest, OfAClockThatWasAheadForgetsOnTheNextDay) {
  put(ledger, 900, {{"gate", 1, 3}});
  put(beside, 5, {{"gate", 2, 1}});
  EXPECT_EQ(ledger.read_new(5).size(), 2U);
  put(beside, 6, {{"gate", 2, 1}});
  EXPECT_EQ(ledger.read_new(6), (Counts{{"gate", 2, 1}}));
}

TEST_F(RefusalLedgerTest, OfAnotherGalleryIsEmptiedByTheFirstCount) {
  put(ledger, 5, {{"gate", 1, 3}});
  RefusalLedger next(path, Uuid{2});
  EXPECT_EQ(next.read_new(5), Counts{});
  put(next, 5, {{"gate", 1, 1}});
  EXPECT_EQ(next.read_new(5), (Counts{{"gate", 1, 1}}));
}

TEST_F(RefusalLedgerTest, WhatIsDecidedByAnErrorIsNotStored) {
  put(ledger, 5, {{"gate", 1, 3}});
  struct Stop {};
  EXPECT_THROW(ledger.write(5, []() -> Counts { throw Stop(); }), Stop);
  put(beside, 5, {{"gate", 1, 4}});  // nothing is locked
  EXPECT_EQ(ledger.read_new(5), (Counts{{"gate", 1, 4}}));
}

TEST_F(RefusalLedgerTest, RefusesWhatIsNoLedgerAndWhatIsNewer) {
  test::run_sql(path, "CREATE TABLE t (x)");
  EXPECT_ERRC(ledger.read_new(5), Errc::storage_failed);
  EXPECT_ERRC(put(ledger, 5, {{"gate", 1, 3}}), Errc::storage_failed);
  test::run_sql(path, "DROP TABLE t");
  put(ledger, 5, {{"gate", 1, 3}});
  test::run_sql(path, "PRAGMA user_version = 2");
  RefusalLedger older(path, kGallery);
  EXPECT_ERRC(older.read_new(5), Errc::unsupported_format);
}

}  // namespace
}  // namespace morgiana::store
