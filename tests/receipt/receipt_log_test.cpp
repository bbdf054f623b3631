#include "morgiana/receipt_log.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "errors.hpp"
#include "receipt/child.hpp"
#include "receipt/log_text.hpp"
#include "receipt/office.hpp"
#include "store/faulty_vfs.hpp"

namespace morgiana {
namespace {

using test::lines_of;
using test::read_text;
using test::write_text;

struct Log : ::testing::Test {
  ReceiptLog create(std::uint64_t checkpoint_every = 1000) {
    return ReceiptLog::create(path, office.signer, {.checkpoint_every = checkpoint_every});
  }
  ReceiptLog open() { return ReceiptLog::open(path, office.signer); }
  std::string sign(ReceiptLog& log) { return log.sign(office.decided("ada"), office.request()); }
  AuditReport audited(const AuditOptions& more = {}) const {
    AuditOptions options = more;
    options.keys = {office.signer.public_key()};
    return audit(path, options);
  }

  Office office;
  std::string path = office.campus.folder / "receipts.log";
};

TEST_F(Log, HoldsEveryReceiptInItsOrder) {
  ReceiptLog log = create(2);
  std::vector<std::string> given;
  for (int i = 0; i < 5; ++i) given.push_back(sign(log));
  EXPECT_EQ(log.num_receipts(), 5U);
  const std::vector<std::string> lines = lines_of(read_text(path));
  ASSERT_EQ(lines.size(), 1U + 5U + 2U);
  EXPECT_EQ((std::vector{lines[1], lines[2], lines[4], lines[5], lines[7]}), given);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Receipt receipt = office.verify(given[i]);
    EXPECT_EQ(receipt.claims().sequence, i + 1);
    EXPECT_EQ(receipt.claims().previous_sha256.size(), 64U);
  }
  const AuditReport report = audited();
  EXPECT_FALSE(report.first_wrong) << report.first_wrong->why;
  EXPECT_EQ(report.num_receipts, 5U);
  EXPECT_EQ(report.num_checkpoints, 3U);
  EXPECT_EQ(report.num_unsealed, 1U);
  EXPECT_EQ(report.issuer, Office::kIssuer);
  EXPECT_EQ(report.log.size(), 22U);
}

TEST_F(Log, GoesOnWhereItEnded) {
  create();
  for (int i = 0; i < 3; ++i) {
    ReceiptLog log = open();
    EXPECT_EQ(log.num_receipts(), static_cast<std::uint64_t>(i));
    sign(log);
  }
  EXPECT_EQ(audited().num_receipts, 3U);
  EXPECT_FALSE(audited().first_wrong);
}

TEST_F(Log, IsWrittenByOneHandleAtATime) {
  ReceiptLog log = create();
  EXPECT_ERRC(open(), Errc::locked);
  log.close();
  EXPECT_ERRC(sign(log), Errc::closed);
  ReceiptLog next = open();
  sign(next);
}

TEST_F(Log, GivesEachThreadReceiptsOfItsOwn) {
  ReceiptLog log = create(7);
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> given(4);
  for (std::vector<std::string>& mine : given) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) mine.push_back(sign(log));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = lines_of(read_text(path));
  const std::set<std::string> written(lines.begin(), lines.end());
  for (const std::vector<std::string>& mine : given) {
    for (const std::string& jws : mine) EXPECT_TRUE(written.contains(jws));
  }
  EXPECT_EQ(audited().num_receipts, 40U);
  EXPECT_FALSE(audited().first_wrong);
}

/// Whatever byte a crash stopped at, nobody was given that receipt: it goes, and the log goes on.
TEST_F(Log, LosesALineThatACrashHasTorn) {
  {
    ReceiptLog log = create();
    sign(log);
  }
  const std::string whole = read_text(path);
  std::string next;
  {
    ReceiptLog log = open();
    next = sign(log);
  }
  const std::string state = read_text(path + ".state");
  write_text(path, whole);
  EXPECT_ERRC(open(), Errc::rolled_back);  // that receipt was given to somebody
  for (const std::size_t torn : {std::size_t{1}, next.size() / 2, next.size()}) {
    write_text(path, whole + next + "\n" + next.substr(0, torn));
    ReceiptLog log = open();
    EXPECT_EQ(log.num_receipts(), 2U);
    EXPECT_EQ(read_text(path), whole + next + "\n");
  }
  write_text(path, whole + next + "\n" + std::string(500, '\0'));
  EXPECT_EQ(open().num_receipts(), 2U);
  EXPECT_EQ(read_text(path), whole + next + "\n");
}

/// A loss of power may leave the state behind the log, never before it.
TEST_F(Log, TakesOverWhatItsStateDoesNotKnowYet) {
  create();
  std::filesystem::copy_file(path + ".state", path + ".then");
  {
    ReceiptLog log = open();
    for (int i = 0; i < 3; ++i) sign(log);
  }
  std::filesystem::rename(path + ".then", path + ".state");
  ReceiptLog log = open();
  EXPECT_EQ(log.num_receipts(), 3U);
  sign(log);
  EXPECT_FALSE(audited().first_wrong);
}

TEST_F(Log, NoticesThatItsEndWasCutOff) {
  {
    ReceiptLog log = create();
    for (int i = 0; i < 3; ++i) sign(log);
  }
  const std::string whole = read_text(path);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_text(path, whole.substr(0, length));
    EXPECT_ERRC(open(), Errc::rolled_back);
    EXPECT_EQ(read_text(path).size(), length);  // as it was, for who looks into it
  }
  write_text(path, whole);
  EXPECT_EQ(open().num_receipts(), 3U);
}

TEST_F(Log, OpensNothingThatWasChanged) {
  {
    ReceiptLog log = create();
    for (int i = 0; i < 2; ++i) sign(log);
  }
  const std::string whole = read_text(path);
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write_text(path, changed);
    EXPECT_ERRC(open(), Errc::not_authentic);
  }
  const std::vector<std::string> lines = lines_of(whole);
  write_text(path, whole + lines.back() + "\n");
  EXPECT_ERRC(open(), Errc::not_authentic);
  write_text(path, lines[0] + "\n" + lines[2] + "\n" + lines[1] + "\n");
  EXPECT_ERRC(open(), Errc::not_authentic);
}

/// Two logs of one signer, both sound.
TEST_F(Log, IsNotExchangedForAnother) {
  {
    ReceiptLog log = create();
    sign(log);
    ReceiptLog other = ReceiptLog::create(path + ".other", office.signer);
    for (int i = 0; i < 3; ++i) sign(other);
  }
  std::filesystem::copy_file(path + ".other", path,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_ERRC(open(), Errc::not_authentic);
}

/// An older copy of all its files, on which another line was written: a fork of one log.
TEST_F(Log, IsNotExchangedForAForkOfItself) {
  create();
  for (const char* file : {"", ".state"}) {
    std::filesystem::copy_file(path + file, office.campus.folder / (std::string("fork") + file));
  }
  {
    ReceiptLog log = open();
    sign(log);
  }
  {
    ReceiptLog fork = ReceiptLog::open(office.campus.folder / "fork", office.signer);
    for (int i = 0; i < 2; ++i) sign(fork);
  }
  write_text(path, read_text(office.campus.folder / "fork"));
  EXPECT_ERRC(open(), Errc::not_authentic);
}

TEST_F(Log, IsOfTheSignerThatBeganIt) {
  create();
  const Office stranger;
  EXPECT_ERRC(ReceiptLog::open(path, stranger.signer), Errc::not_authentic);
}

TEST_F(Log, IsOfTheIssuerThatBeganIt) {
  create();
  const ReceiptSigner other(office.campus.gallery, {.issuer = "another", .terminal = "t"});
  EXPECT_ERRC(ReceiptLog::open(path, other), Errc::invalid_argument);
  open();
}

TEST_F(Log, IsLeftToTheProcessThatOpenedIt) {
  ReceiptLog log = create();
  sign(log);
  test::Child child([&](const auto&) {
    try {
      sign(log);
      return 1;
    } catch (const Error& error) {
      if (error.code() != Errc::closed) return 2;
    }
    log.close();
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_ERRC(open(), Errc::locked);
  sign(log);
  EXPECT_EQ(audited().num_receipts, 2U);
}

TEST_F(Log, NeedsFilesThatAreThere) {
  EXPECT_ERRC(open(), Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(path + ".lock"));
  create();
  EXPECT_ERRC(create(), Errc::already_exists);
  std::filesystem::remove(path + ".state");
  EXPECT_ERRC(open(), Errc::not_found);
  EXPECT_ERRC(ReceiptLog::create("", office.signer), Errc::invalid_argument);
  EXPECT_ERRC(ReceiptLog::create(path + "2", office.signer, {.checkpoint_every = 0}),
              Errc::invalid_argument);
  EXPECT_ERRC(ReceiptLog::create(office.campus.folder / "none" + "/log", office.signer),
              Errc::not_found);
}

TEST_F(Log, IsClosedWithItsGallery) {
  ReceiptLog log = create();
  sign(log);
  const std::string before = read_text(path);
  office.campus.gallery.close();
  EXPECT_ERRC(sign(log), Errc::closed);
  EXPECT_ERRC(log.checkpoint(), Errc::closed);
  EXPECT_EQ(read_text(path), before);
}

/// A write that the system cuts short leaves nothing of it.
TEST_F(Log, SignsNothingWhereItsFileCannotGrow) {
  ReceiptLog log = create();
  sign(log);
  const std::string before = read_text(path);
  rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {before.size() + 100, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_ERRC(sign(log), Errc::storage_failed);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(read_text(path), before);
  EXPECT_EQ(log.num_receipts(), 1U);
  sign(log);
  EXPECT_EQ(audited().num_receipts, 2U);
  EXPECT_FALSE(audited().first_wrong);
}

/// The line is there and its state is not: nobody was given it, and the next who opens the log
/// takes it over.
TEST_F(Log, IsToBeOpenedAgainWhereItsStateCannotBeWritten) {
  test::FaultyVfs disk;
  {
    ReceiptLog log = create();
    sign(log);
    disk.fail_from(test::FaultyVfs::Operation::write, 1, SQLITE_FULL);
    EXPECT_ERRC(sign(log), Errc::storage_full);
    disk.heal();
    EXPECT_ERRC(sign(log), Errc::storage_failed);
    EXPECT_ERRC(log.checkpoint(), Errc::storage_failed);
  }
  ReceiptLog log = open();
  EXPECT_EQ(log.num_receipts(), 2U);
  sign(log);
  EXPECT_FALSE(audited().first_wrong);
}

/// Whatever a process was at when it was killed: what it had given is in the log, and the log
/// opens.
TEST(LogCrash, KeepsEveryReceiptThatWasGiven) {
  const test::ScratchFolder folder;
  const std::string path = folder / "receipts.log";
  const std::string key = folder / "key";
  const std::string gallery = folder / "g";
  const Decision denied{Outcome::denied, Reason::no_candidate, std::nullopt, Office::policy()};
  const auto with_signer = [&](const auto& work) {
    const Gallery opened = Gallery::open(gallery, {KeySource::file(key)});
    return work(ReceiptSigner(opened, {.issuer = "i", .terminal = "t"}));
  };
  test::Child make([&](const auto&) {
    Gallery::create(gallery, {{"test", 64}, KeySource::create_file(key)}).close();
    return with_signer([&](const ReceiptSigner& signer) {
      ReceiptLog::create(path, signer);
      return 0;
    });
  });
  ASSERT_EQ(make.wait(), 0);
  std::vector<std::string> given;
  for (int round = 0; round < 12; ++round) {
    test::Child child([&](const test::Child::Say& say) {
      return with_signer([&](const ReceiptSigner& signer) {
        ReceiptLog log = ReceiptLog::open(path, signer, {.checkpoint_every = 3});
        for (;;) {
          const std::string jws = log.sign(denied, {.relying_party = "p"});
          const std::size_t length = jws.size();
          say(&length, sizeof length);
          say(jws.data(), length);
        }
        return 0;
      });
    });
    const auto hear = [&] {
      std::size_t length = 0;
      if (!child.hear(&length, sizeof length)) return false;
      std::string jws(length, ' ');
      if (!child.hear(jws.data(), length)) return false;
      given.push_back(jws);
      return true;
    };
    for (int i = 0; i < 1 + round * 2; ++i) ASSERT_TRUE(hear());
    child.kill();
    while (hear()) {
    }
  }
  test::Child last([&](const auto&) {
    return with_signer([&](const ReceiptSigner& signer) {
      const ReceiptLog log = ReceiptLog::open(path, signer);
      return log.num_receipts() >= given.size() ? 0 : 1;
    });
  });
  ASSERT_EQ(last.wait(), 0);
  const std::vector<std::string> lines = lines_of(read_text(path));
  auto at = lines.begin();
  for (const std::string& jws : given) {
    at = std::find(at, lines.end(), jws);
    ASSERT_NE(at, lines.end());
  }
}

}  // namespace
}  // namespace morgiana
