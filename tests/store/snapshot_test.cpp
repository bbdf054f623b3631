#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "data.hpp"
#include "errors.hpp"
#include "store/database.hpp"
#include "store/raw_sqlite.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

struct SnapshotTest : testing::Test {
  SnapshotTest() : database(Database::create(path, test::sample_gallery())) {
    Transaction transaction = database.begin();
    test::append_slot_row(transaction);
    test::add_subject(transaction, 1, 2);
    test::add_subject(transaction, 2, 3);
    transaction.append_head(1, test::noise(1, 90));
    transaction.commit();
  }

  void remove(std::uint64_t subject_key) {
    Transaction transaction = database.begin();
    transaction.write_slot(subject_key, test::slot_content(99));
    transaction.delete_subject(subject_key, 1, 1700000001);
    transaction.append_head(2, test::noise(2, 90));
    transaction.commit();
  }

  test::ScratchFolder folder;
  std::string path = folder / "db";
  Database database;
};

TEST_F(SnapshotTest, FindsASubjectByKeyAndById) {
  const Snapshot snapshot = database.snapshot();
  EXPECT_EQ(snapshot.subject(2)->id, "E-2");
  EXPECT_EQ(snapshot.subject("E-2")->subject_key, 2U);
  EXPECT_EQ(snapshot.subject("E-2")->cohorts, ~std::uint64_t{0} - 2) << "all 64 bits";
  EXPECT_FALSE(snapshot.subject(3).has_value());
  EXPECT_FALSE(snapshot.subject("e-2").has_value());
  EXPECT_FALSE(snapshot.subject("").has_value());
}

TEST_F(SnapshotTest, GivesReferencesOfARangeInOrder) {
  const Snapshot snapshot = database.snapshot();
  EXPECT_EQ(
      test::references(snapshot, reference_key(1, 1), reference_key(2, 1)),
      (std::vector<std::uint64_t>{reference_key(1, 1), reference_key(2, 0), reference_key(2, 1)}));
  snapshot.for_each_reference(reference_key(2, 2), reference_key(2, 2),
                              [](std::uint64_t, ByteView sealed) {
                                EXPECT_EQ(Bytes(sealed.begin(), sealed.end()), test::sealed(2, 2));
                              });
}

TEST_F(SnapshotTest, SeesOneStateFromItsFirstMoment) {
  const Snapshot before = database.snapshot();
  remove(2);
  const Snapshot after = database.snapshot();
  EXPECT_TRUE(test::is_whole(before, 2, 3));
  EXPECT_EQ(test::subject_keys(before), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(before.head(), test::noise(1, 90));
  EXPECT_EQ(before.num_pending_erasures(), 0U);

  Bytes stored(test::kSealedBytes);
  EXPECT_FALSE(after.reference(reference_key(2, 0), stored));
  EXPECT_EQ(test::subject_keys(after), std::vector<std::uint64_t>{1});
  EXPECT_EQ(after.head(), test::noise(2, 90));
  EXPECT_EQ(after.num_pending_erasures(), 1U);
}

TEST_F(SnapshotTest, SeesNothingOfARunningTransaction) {
  Transaction transaction = database.begin();
  transaction.delete_subject(2, 1, 1700000001);
  EXPECT_TRUE(test::is_whole(database.snapshot(), 2, 3));
}

TEST_F(SnapshotTest, FromThePoolIsAsFreshAsANewOne) {
  { const Snapshot pooled = database.snapshot(); }
  remove(2);
  EXPECT_EQ(test::subject_keys(database.snapshot()), std::vector<std::uint64_t>{1});
}

TEST_F(SnapshotTest, OfThePoolKeepsAnEarlierStateNoLonger) {
  for (int i = 0; i < 3; ++i) {
    const Snapshot one = database.snapshot();
    const Snapshot two = database.snapshot();
    EXPECT_TRUE(test::is_whole(one, 1, 2));
    EXPECT_TRUE(test::is_whole(two, 2, 3));
  }
  EXPECT_TRUE(database.truncate_log());
}

using Visited = std::vector<std::string>;

/// What for_each_record visits, in its order.
Visited visited(const Snapshot& snapshot, std::uint64_t first, std::uint64_t last) {
  Visited all;
  snapshot.for_each_record(
      first, last, [&](const SubjectRow& row) { all.push_back(row.id); },
      [&](std::uint64_t reference, ByteView) {
        all.push_back(std::to_string(static_cast<std::int64_t>(subject_key_of(reference))) + "/" +
                      std::to_string(number_of(reference)));
      });
  return all;
}

TEST_F(SnapshotTest, VisitsSubjectsEachFollowedByItsReferences) {
  const Snapshot snapshot = database.snapshot();
  EXPECT_EQ(visited(snapshot, 0, kMaxSubjectKey),
            (Visited{"E-1", "1/0", "1/1", "E-2", "2/0", "2/1", "2/2"}));
  EXPECT_EQ(visited(snapshot, 2, 2), (Visited{"E-2", "2/0", "2/1", "2/2"}));
  EXPECT_EQ(visited(snapshot, 3, kMaxSubjectKey), Visited{});
}

TEST_F(SnapshotTest, VisitsReferencesOfNobodyAndWhatHasANegativeKey) {
  test::run_sql(
      path, "INSERT INTO refs VALUES (-1048576, x'01'), (5, x'01'), (9223372036854775807, x'01')");
  const Snapshot snapshot = database.snapshot();
  const Visited all = visited(snapshot, 0, kMaxSubjectKey);
  EXPECT_EQ(all.size(), 10U);
  EXPECT_EQ(all[1], "0/5");
  EXPECT_EQ(all[2], "E-1");
  EXPECT_EQ(all.back(), std::to_string(kMaxSubjectKey) + "/" + std::to_string(kMaxReferenceNumber));
  EXPECT_EQ(visited(snapshot, 1, 1), (Visited{"E-1", "1/0", "1/1"}));
}

TEST_F(SnapshotTest, MayLookAroundWhileItVisits) {
  const Snapshot snapshot = database.snapshot();
  std::size_t num_seen = 0;
  snapshot.for_each_record(
      0, kMaxSubjectKey,
      [&](const SubjectRow& row) {
        test::SlotContent slot;
        snapshot.slot(row.slot, slot);
        EXPECT_EQ(slot, test::slot_content(row.subject_key));
        EXPECT_EQ(snapshot.subject_key(row.id), row.subject_key);
        EXPECT_EQ(snapshot.subject(row.id)->subject_key, row.subject_key);
      },
      [&](std::uint64_t reference, ByteView sealed) {
        Bytes stored(sealed.size());
        EXPECT_TRUE(snapshot.reference(reference, stored));
        EXPECT_TRUE(std::ranges::equal(stored, sealed));
        ++num_seen;
      });
  EXPECT_EQ(num_seen, 5U);
  EXPECT_FALSE(snapshot.subject_key("nobody").has_value());
}

TEST_F(SnapshotTest, IsUsableAfterAVisitorThrew) {
  const Snapshot snapshot = database.snapshot();
  const auto fail = [](const auto&...) { throw std::runtime_error("x"); };
  const auto pass = [](const auto&...) {};
  EXPECT_THROW(snapshot.for_each_record(0, kMaxSubjectKey, fail, pass), std::runtime_error);
  EXPECT_THROW(snapshot.for_each_record(0, kMaxSubjectKey, pass, fail), std::runtime_error);
  EXPECT_EQ(test::subject_keys(snapshot), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(SnapshotTest, RefusesASlotThatDoesNotExistAndReadsOn) {
  const Snapshot snapshot = database.snapshot();
  test::SlotContent slot;
  snapshot.slot(1, slot);
  EXPECT_ERRC(snapshot.slot(kSlotsPerRow, slot), Errc::storage_failed);
  EXPECT_ERRC(snapshot.slot(~std::uint64_t{0}, slot), Errc::storage_failed);
  snapshot.slot(2, slot);
  EXPECT_EQ(slot, test::slot_content(2));
}

TEST_F(SnapshotTest, RefusesAReferenceOfAnotherLength) {
  Bytes longer(test::kSealedBytes + 1);
  EXPECT_ERRC(database.snapshot().reference(reference_key(1, 0), longer), Errc::storage_failed);
}

TEST_F(SnapshotTest, SurvivesRowsThatAStrangerChanged) {
  test::run_sql(path, "UPDATE refs SET sealed = x'' WHERE reference = 1048576");
  test::run_sql(path, "UPDATE key_slots SET content = x'0102'");
  test::run_sql(path, "UPDATE subjects SET id = CAST(x'ff00fe' AS TEXT) WHERE subject_key = 1");
  test::run_sql(path, "UPDATE subjects SET tag = x'01' WHERE subject_key = 2");
  test::run_sql(path, "UPDATE gallery SET uuid = x'01'");
  const Snapshot snapshot = database.snapshot();
  Bytes stored(test::kSealedBytes);
  test::SlotContent slot;
  EXPECT_ERRC(snapshot.reference(reference_key(1, 0), stored), Errc::storage_failed);
  EXPECT_ERRC(snapshot.slot(1, slot), Errc::storage_failed);
  EXPECT_EQ(snapshot.subject(1)->id, std::string("\xff\0\xfe", 3));
  EXPECT_ERRC(snapshot.subject(2), Errc::storage_failed);
  EXPECT_ERRC(snapshot.gallery(), Errc::not_a_gallery);
  std::size_t num_empty = 0;
  snapshot.for_each_reference(0, reference_key(3, 0), [&](std::uint64_t, ByteView sealed) {
    num_empty += sealed.empty() ? 1U : 0U;
  });
  EXPECT_EQ(num_empty, 1U) << "handed on as it is";
}

}  // namespace
}  // namespace morgiana::store
