#include <future>

#include <gtest/gtest.h>

#include "data.hpp"
#include "errors.hpp"
#include "store/database.hpp"
#include "store/sample.hpp"

namespace morgiana::store {
namespace {

using test::subject;

/// A database with one row of slots, and subjects 1 and 2 of two references each.
struct TransactionTest : testing::Test {
  TransactionTest() : database(Database::create(folder / "db", test::sample_gallery())) {
    Transaction transaction = database.begin();
    test::append_slot_row(transaction);
    test::add_subject(transaction, 1, 2);
    test::add_subject(transaction, 2, 2);
    transaction.append_head(1, test::noise(1, 90));
    transaction.commit();
  }

  /// Whether the database is as the constructor left it.
  bool is_untouched() const {
    const Snapshot snapshot = database.snapshot();
    return test::subject_keys(snapshot) == std::vector<std::uint64_t>{1, 2} &&
           test::is_whole(snapshot, 1, 2) && test::is_whole(snapshot, 2, 2) &&
           test::references(snapshot).size() == 4 && snapshot.num_slot_rows() == 1 &&
           snapshot.num_pending_erasures() == 0 && snapshot.head() == test::noise(1, 90);
  }

  test::ScratchFolder folder;
  Database database;
};

TEST_F(TransactionTest, IsWhollyThereAfterCommit) {
  Transaction transaction = database.begin();
  test::add_subject(transaction, 3, 5);
  transaction.append_head(2, test::noise(2, 90));
  transaction.commit();
  const Snapshot snapshot = database.snapshot();
  EXPECT_TRUE(test::is_whole(snapshot, 1, 2));
  EXPECT_TRUE(test::is_whole(snapshot, 3, 5));
  EXPECT_EQ(snapshot.head(), test::noise(2, 90));
}

TEST_F(TransactionTest, LeavesNothingWhenItIsDestroyedWithoutCommit) {
  {
    Transaction transaction = database.begin();
    test::append_slot_row(transaction);
    test::add_subject(transaction, 3, 5);
    transaction.write_slot(1, test::slot_content(99));
    transaction.delete_subject(2, 1, 1700000001);
    transaction.append_head(2, test::noise(2, 90));
  }
  EXPECT_TRUE(is_untouched());
}

TEST_F(TransactionTest, EndsWithItsCommit) {
  Transaction transaction = database.begin();
  transaction.commit();
  EXPECT_ERRC(test::add_subject(transaction, 3, 1), Errc::storage_failed);
  EXPECT_ERRC(transaction.commit(), Errc::storage_failed);
  EXPECT_TRUE(is_untouched());
  EXPECT_TRUE(database.truncate_log()) << "although the transaction still exists";
  Transaction next = database.begin();
  test::add_subject(next, 3, 1);
  next.commit();
  EXPECT_TRUE(test::is_whole(database.snapshot(), 3, 1));
}

TEST_F(TransactionTest, RefusesADuplicateIdAndGoesOn) {
  Transaction transaction = database.begin();
  SubjectRow twin = subject(3);
  twin.id = subject(1).id;
  EXPECT_ERRC(transaction.insert_subject(twin), Errc::duplicate_subject);
  test::add_subject(transaction, 3, 1);
  transaction.commit();
  EXPECT_TRUE(test::is_whole(database.snapshot(), 3, 1));
  EXPECT_TRUE(test::is_whole(database.snapshot(), 1, 2));
}

TEST_F(TransactionTest, RollsBackAtOnceWhereARowExistsAlready) {
  for (const bool is_subject : {true, false}) {
    Transaction transaction = database.begin();
    test::add_subject(transaction, 3, 1);
    SubjectRow twin = subject(1);
    twin.id = "another";
    if (is_subject) {
      EXPECT_ERRC(transaction.insert_subject(twin), Errc::storage_failed);
    } else {
      EXPECT_ERRC(transaction.insert_reference(reference_key(1, 0), {}), Errc::storage_failed);
    }
    EXPECT_ERRC(transaction.commit(), Errc::storage_failed);
    EXPECT_TRUE(is_untouched());
  }
  database.begin().commit();  // the caller's mistake does not spoil the database
}

TEST_F(TransactionTest, DeletesExactlyTheReferencesOfOneSubject) {
  Transaction fill = database.begin();
  for (const std::uint32_t number : {2U, kMaxReferenceNumber}) {
    fill.insert_reference(reference_key(1, number), test::sealed(1, number));
    fill.insert_reference(reference_key(2, number), test::sealed(2, number));
  }
  test::add_subject(fill, 3, 1);
  fill.commit();

  Transaction transaction = database.begin();
  transaction.delete_subject(2, 1, 1700000001);
  transaction.commit();
  const Snapshot snapshot = database.snapshot();
  EXPECT_EQ(test::subject_keys(snapshot), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(
      test::references(snapshot),
      (std::vector<std::uint64_t>{reference_key(1, 0), reference_key(1, 1), reference_key(1, 2),
                                  reference_key(1, kMaxReferenceNumber), reference_key(3, 0)}));
  EXPECT_FALSE(snapshot.subject("E-2").has_value());
  EXPECT_EQ(snapshot.num_pending_erasures(), 1U);
}

TEST_F(TransactionTest, LetsARemovedIdComeBackUnderAnotherNumber) {
  Transaction transaction = database.begin();
  transaction.delete_subject(2, 1, 1700000001);
  SubjectRow again = subject(9);
  again.id = "E-2";
  transaction.insert_subject(again);
  transaction.commit();
  EXPECT_EQ(database.snapshot().subject("E-2")->subject_key, 9U);
}

TEST_F(TransactionTest, RefusesToDeleteWhoIsNotThere) {
  Transaction transaction = database.begin();
  EXPECT_ERRC(transaction.delete_subject(7, 1, 1700000001), Errc::unknown_subject);
  transaction.commit();
  EXPECT_TRUE(is_untouched());
}

TEST_F(TransactionTest, FinishesErasuresOnce) {
  for (const std::uint64_t key : {1U, 2U}) {
    Transaction transaction = database.begin();
    transaction.delete_subject(key, 1, 1700000001);
    transaction.commit();
  }
  EXPECT_EQ(database.snapshot().num_pending_erasures(), 2U);
  Transaction transaction = database.begin();
  transaction.finish_erasures(1700000002);
  transaction.commit();
  EXPECT_EQ(database.snapshot().num_pending_erasures(), 0U);
}

TEST_F(TransactionTest, RefusesASlotThatDoesNotExist) {
  for (const std::uint64_t slot : {kSlotsPerRow, ~std::uint64_t{0}}) {
    Transaction transaction = database.begin();
    transaction.write_slot(5, test::slot_content(5));
    EXPECT_ERRC(transaction.write_slot(slot, test::slot_content(5)), Errc::storage_failed);
  }
  EXPECT_TRUE(is_untouched());
}

TEST_F(TransactionTest, WritesSlotsOfManyRows) {
  Transaction transaction = database.begin();
  for (int row = 1; row < 5; ++row) test::append_slot_row(transaction);
  for (std::uint64_t slot = 3; slot < 5 * kSlotsPerRow; slot += 61) {
    transaction.write_slot(slot, test::slot_content(slot));
  }
  test::append_slot_row(transaction);  // between two writes to the same row
  transaction.write_slot(4 * kSlotsPerRow, test::slot_content(4 * kSlotsPerRow));
  transaction.commit();
  const Snapshot snapshot = database.snapshot();
  EXPECT_EQ(snapshot.num_slot_rows(), 6U);
  test::SlotContent stored;
  for (std::uint64_t slot = 3; slot < 5 * kSlotsPerRow; slot += 61) {
    snapshot.slot(slot, stored);
    EXPECT_EQ(stored, test::slot_content(slot)) << slot;
  }
  snapshot.slot(4 * kSlotsPerRow, stored);
  EXPECT_EQ(stored, test::slot_content(4 * kSlotsPerRow));
}

TEST_F(TransactionTest, TakesItsTurn) {
  auto first = std::make_unique<Transaction>(database.begin());
  std::promise<void> started;
  auto second = std::async(std::launch::async, [&] {
    started.set_value();
    Transaction transaction = database.begin();
    test::add_subject(transaction, 3, 1);
    transaction.commit();
  });
  started.get_future().wait();
  first->append_head(2, test::noise(2, 90));
  EXPECT_EQ(test::subject_keys(database.snapshot()).size(), 2U);
  first.reset();
  second.get();
  EXPECT_TRUE(test::is_whole(database.snapshot(), 3, 1));
  EXPECT_EQ(database.snapshot().head(), test::noise(1, 90));
}

}  // namespace
}  // namespace morgiana::store
