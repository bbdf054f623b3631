#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "data.hpp"
#include "errors.hpp"
#include "morgiana/receipt_log.hpp"
#include "receipt/log_text.hpp"
#include "receipt/office.hpp"

namespace morgiana {
namespace {

using Lines = std::vector<std::string>;

/// A small log: a first checkpoint, receipts with a checkpoint behind every two, and one at the
/// end.
struct Audit : ::testing::Test {
  static constexpr int kReceipts = 3;

  Audit() : lines(written("receipts.log")) {}

  Lines written(const std::string& name) {
    const std::string path = office.campus.folder / name;
    ReceiptLog log = ReceiptLog::create(path, office.signer, {.checkpoint_every = 2});
    for (int i = 0; i < kReceipts; ++i) log.sign(office.decided("ada"), office.request());
    return test::lines_of(test::read_text(path));
  }

  AuditReport report(const std::string& text, AuditOptions options = {}) const {
    const std::string path = memory / "audited.log";
    test::write_text(path, text);
    options.keys = {office.signer.public_key()};
    return audit(path, options);
  }

  /// The first line that is wrong, 0 where none is.
  std::uint64_t first_wrong(const std::string& text, const AuditOptions& options = {}) const {
    const auto wrong = report(text, options).first_wrong;
    return wrong ? wrong->line : 0;
  }
  std::uint64_t first_wrong(const Lines& changed, const AuditOptions& options = {}) const {
    return first_wrong(test::text_of(changed), options);
  }

  test::ScratchFolder memory{test::folder_in_memory()};
  Office office;
  Lines lines;
};

TEST_F(Audit, FindsNothingWrongWithALogAsItWasWritten) {
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(first_wrong(lines), 0U);
  EXPECT_EQ(first_wrong(lines, {.checkpoint = lines[3], .least_receipts = 3}), 0U);
}

TEST_F(Audit, FindsEveryChangedByteInItsLine) {
  const std::string text = test::text_of(lines);
  std::uint64_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    ASSERT_EQ(first_wrong(changed), line) << "byte " << at;
    if (text[at] == '\n') ++line;
  }
}

TEST_F(Audit, FindsEveryByteThatWasTakenAwayOrAdded) {
  const std::string text = test::text_of(lines);
  std::uint64_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string shorter = text;
    shorter.erase(at, 1);
    ASSERT_EQ(first_wrong(shorter), line) << "byte " << at;
    const char added = at % 2 == 0 ? 'A' : '\n';
    std::string longer = text;
    longer.insert(at, 1, added);
    // An end of line before the end of one leaves the line as it was, and an empty one behind it.
    const bool is_behind = added == '\n' && text[at] == '\n';
    ASSERT_EQ(first_wrong(longer), is_behind ? line + 1 : line) << "byte " << at;
    if (text[at] == '\n') ++line;
  }
}

TEST_F(Audit, FindsEveryLineThatWasTakenAway) {
  for (std::size_t at = 0; at + 1 < lines.size(); ++at) {
    for (std::size_t count = 1; at + count < lines.size(); ++count) {
      Lines fewer = lines;
      const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(first, first + static_cast<std::ptrdiff_t>(count));
      EXPECT_EQ(first_wrong(fewer), at + 1) << count;
    }
  }
}

TEST_F(Audit, FindsEveryLineThatWasWrittenTwiceOrMoved) {
  for (std::size_t from = 0; from < lines.size(); ++from) {
    for (std::size_t to = 0; to <= lines.size(); ++to) {
      Lines more = lines;
      more.insert(more.begin() + static_cast<std::ptrdiff_t>(to), lines[from]);
      // Before itself it stands in its place, and the line after it is wrong.
      const std::uint64_t expected = to == from ? to + 2 : to + 1;
      EXPECT_EQ(first_wrong(more), expected) << from << " " << to;
      if (from == to || from + 1 == to) continue;
      Lines moved = lines;
      moved.erase(moved.begin() + static_cast<std::ptrdiff_t>(from));
      const std::size_t at = to > from ? to - 1 : to;
      moved.insert(moved.begin() + static_cast<std::ptrdiff_t>(at), lines[from]);
      EXPECT_EQ(first_wrong(moved), std::min(from, at) + 1) << from << " " << to;
    }
  }
}

TEST_F(Audit, FindsLinesThatWereExchanged) {
  for (std::size_t a = 0; a < lines.size(); ++a) {
    for (std::size_t b = a + 1; b < lines.size(); ++b) {
      Lines swapped = lines;
      std::swap(swapped[a], swapped[b]);
      EXPECT_EQ(first_wrong(swapped), a + 1) << b;
    }
  }
}

/// Of the same signer: another log, and receipts that are of none.
TEST_F(Audit, FindsLinesOfAnotherLog) {
  const Lines other = written("other.log");
  for (std::size_t at = 0; at < lines.size(); ++at) {
    for (const std::string& foreign : other) {
      Lines spliced = lines;
      spliced[at] = foreign;
      // The first line of another log begins one as well: the next is not of that.
      const std::uint64_t expected = at == 0 && &foreign == &other[0] ? 2 : at + 1;
      EXPECT_EQ(first_wrong(spliced), expected);
    }
    Lines tail(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    tail.insert(tail.end(), other.begin() + static_cast<std::ptrdiff_t>(at) + 1, other.end());
    EXPECT_EQ(first_wrong(tail), at + 1 < lines.size() ? at + 2 : 0);
    Lines single = lines;
    single.insert(single.begin() + static_cast<std::ptrdiff_t>(at),
                  office.signer.sign(office.denied(), office.request()));
    EXPECT_EQ(first_wrong(single), at + 1);
  }
}

TEST_F(Audit, FindsACutInALine) {
  const std::string text = test::text_of(lines);
  std::uint64_t line = 1;
  for (std::size_t length = 0; length < text.size(); ++length) {
    const bool is_between_lines = length == 0 || text[length - 1] == '\n';
    if (length > 0 && is_between_lines) ++line;
    const std::uint64_t expected = is_between_lines && length > 0 ? 0 : line;
    ASSERT_EQ(first_wrong(text.substr(0, length)), expected) << length;
  }
}

/// A cut between two lines leaves a sound log: only who knows how it went on can tell.
TEST_F(Audit, FindsACutTailByACheckpointOrACountThatWasKept) {
  const std::string checkpoint = lines[3];  // behind two receipts
  for (std::size_t kept = 1; kept < lines.size(); ++kept) {
    const Lines cut(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(kept));
    const AuditReport alone = report(test::text_of(cut));
    EXPECT_FALSE(alone.first_wrong) << alone.first_wrong->why;
    const bool has_checkpoint = kept > 3;
    EXPECT_EQ(first_wrong(cut, {.checkpoint = checkpoint}), has_checkpoint ? 0 : kept + 1);
    EXPECT_EQ(first_wrong(cut, {.least_receipts = 3}), kept == lines.size() ? 0 : kept + 1);
    EXPECT_EQ(first_wrong(cut, {.least_receipts = alone.num_receipts}), 0U);
  }
}

TEST_F(Audit, SaysHowManyReceiptsNoCheckpointSeals) {
  EXPECT_EQ(report(test::text_of(lines)).num_unsealed, 1U);
  EXPECT_EQ(report(test::text_of({lines.begin(), lines.end() - 1})).num_unsealed, 0U);
}

/// The tail was cut, and as many other receipts were signed in its place.
TEST_F(Audit, FindsATailThatWasWrittenAnew) {
  const Lines other = written("other.log");
  const AuditReport found = report(test::text_of(other), {.checkpoint = lines[3]});
  ASSERT_TRUE(found.first_wrong);
  EXPECT_EQ(found.first_wrong->line, other.size() + 1);
}

TEST_F(Audit, TakesNoCheckpointThatIsNone) {
  EXPECT_ERRC(report(test::text_of(lines), {.checkpoint = lines[1]}), Errc::not_authentic);
  EXPECT_ERRC(report(test::text_of(lines), {.checkpoint = "nonsense"}), Errc::not_authentic);
  const Office stranger;
  const std::string path = stranger.campus.folder / "log";
  ReceiptLog theirs = ReceiptLog::create(path, stranger.signer);
  EXPECT_ERRC(report(test::text_of(lines), {.checkpoint = theirs.checkpoint()}),
              Errc::not_authentic);
}

TEST_F(Audit, NeedsTheKeyOfTheSigner) {
  const Office stranger;
  const std::string path = office.campus.folder / "receipts.log";
  EXPECT_EQ(audit(path, {.keys = {stranger.signer.public_key()}}).first_wrong->line, 1U);
  EXPECT_FALSE(audit(path, {.keys = {stranger.signer.public_key(), office.signer.public_key()}})
                   .first_wrong);
  EXPECT_ERRC(audit(path, {}), Errc::invalid_argument);
  EXPECT_ERRC(audit(path + ".none", {.keys = {office.signer.public_key()}}), Errc::not_found);
}

TEST_F(Audit, RefusesAnEmptyLogAndALineThatIsTooLong) {
  EXPECT_EQ(first_wrong(std::string()), 1U);
  EXPECT_EQ(first_wrong(std::string("\n")), 1U);
  Lines more = lines;
  more.push_back(std::string(1'000'000, 'A'));
  EXPECT_EQ(first_wrong(more), lines.size() + 1);
  more.back() = lines.back() + "\r";
  EXPECT_EQ(first_wrong(more), lines.size() + 1);
}

}  // namespace
}  // namespace morgiana
