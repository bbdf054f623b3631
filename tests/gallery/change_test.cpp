#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "errors.hpp"
#include "gallery/held_enrolment.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

const Execution kThreads{.executor = {}, .max_threads = 3};

std::vector<Enrolment> crowd(Campus& campus, int count, int references = 2) {
  std::vector<Enrolment> people;
  for (int i = 0; i < count; ++i) {
    people.push_back({SubjectId("p" + std::to_string(i)), {}});
    for (int j = 0; j < references; ++j) people.back().references.push_back(campus.person());
  }
  return people;
}

TEST(Update, ReplacesReferencesUnderANewKey) {
  Campus campus;
  const Template before = campus.person();
  const Template after = campus.person();
  campus.gallery.enrol("ada", {before, campus.again(before)});
  EXPECT_EQ(campus.gallery.update("ada", std::vector{after}), Erasure::done);
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(campus.find(before).empty());
    EXPECT_EQ(campus.find(after), Names{"ada"});
    EXPECT_EQ(campus.gallery.stats().num_references, 1U);
    campus.reopen();
  }
  EXPECT_EQ(test::run_sql(campus.path, "SELECT generation FROM subjects"), "2");
  EXPECT_EQ(test::run_sql(campus.path, "SELECT count(*) FROM subjects WHERE subject_key = 1"), "0");
}

TEST(Update, OfSomebodyUnknownChangesNobody) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const std::vector<Enrolment> both{{SubjectId("ada"), {campus.person()}},
                                    {SubjectId("eve"), {campus.person()}}};
  EXPECT_ERRC(campus.gallery.update(both), Errc::unknown_subject);
  EXPECT_EQ(campus.find(ada), Names{"ada"});
  campus.reopen();
  EXPECT_EQ(campus.find(ada), Names{"ada"});
}

TEST(Update, NobodyIsUnknownWhileItRuns) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  std::atomic<bool> is_done{false};
  std::atomic<int> num_missed{0};
  std::thread asker([&] {
    while (!is_done) {
      num_missed += campus.gallery.contains("ada") ? 0 : 1;
      try {
        num_missed += campus.gallery.verify("ada", ada, {{{0.6F}}}).accepted() ? 0 : 1;
      } catch (const Error&) {
        ++num_missed;
      }
    }
  });
  for (int i = 0; i < 300; ++i) campus.gallery.update("ada", std::vector{campus.again(ada)});
  is_done = true;
  asker.join();
  EXPECT_EQ(num_missed, 0);
}

TEST(Update, EverySearchFindsTheOldOrTheNew) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  std::atomic<bool> is_done{false};
  std::atomic<int> num_missed{0};
  std::thread searcher([&] {
    while (!is_done) num_missed += campus.find(ada) == Names{"ada"} ? 0 : 1;
  });
  for (int i = 0; i < 100; ++i) campus.gallery.update("ada", std::vector{campus.again(ada)});
  is_done = true;
  searcher.join();
  EXPECT_EQ(num_missed, 0);
}

TEST(Enrol, ThreadsAndWavesMakeNoDifference) {
  Campus campus;
  const auto people = crowd(campus, 700, 3);
  std::vector<std::uint64_t> told;
  campus.gallery.enrol(people, {kThreads, [&](std::uint64_t done, std::uint64_t all) {
                                  EXPECT_EQ(all, 700U);
                                  told.push_back(done);
                                }});
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_GT(told.size(), 2U);
  EXPECT_EQ(told.back(), 700U);
  for (const unsigned threads : {1U, 2U, 7U}) {
    campus.gallery.close();
    campus.gallery = Gallery::open(
        campus.path, {.key = campus.key, .execution = {.executor = {}, .max_threads = threads}});
    EXPECT_EQ(campus.gallery.stats().num_references, 2100U);
    for (const Enrolment& one : people) {
      EXPECT_EQ(campus.find(one.references.back()), Names{one.subject.str()});
    }
  }
}

TEST(Enrol, WhatItsProgressThrowsLeavesNobody) {
  Campus campus;
  const auto people = crowd(campus, 700);
  const auto stop = [](std::uint64_t done, std::uint64_t) {
    if (done > 300) throw std::runtime_error("stop");
  };
  EXPECT_THROW(campus.gallery.enrol(people, {kThreads, stop}), std::runtime_error);
  EXPECT_EQ(campus.gallery.stats().num_subjects, 0U);
  campus.gallery.enrol(people);
  EXPECT_EQ(campus.gallery.stats().num_subjects, 700U);
  campus.reopen();
  EXPECT_EQ(campus.gallery.stats().num_subjects, 700U);
}

TEST(Enrol, WhatItsProgressThrowsOnceIsNotTriedAgain) {
  Campus campus;
  std::atomic<bool> is_done{false};
  std::vector<std::thread> others;
  for (int t = 0; t < 3; ++t) {
    others.emplace_back([&, t] {
      test::Vectors vectors(Campus::kDim, static_cast<std::uint64_t>(t));
      for (int i = 0; !is_done; ++i) {
        campus.gallery.enrol(std::to_string(t) + "-" + std::to_string(i),
                             {Template(campus.model, vectors.unit())});
      }
    });
  }
  const auto people = crowd(campus, 3, 1);
  for (int round = 0; round < 20; ++round) {
    bool has_thrown = false;
    const auto once = [&](std::uint64_t, std::uint64_t) {
      if (!std::exchange(has_thrown, true)) throw std::runtime_error("once");
    };
    EXPECT_THROW(campus.gallery.enrol(people, {kThreads, once}), std::runtime_error);
    EXPECT_FALSE(campus.gallery.contains("p0"));
  }
  is_done = true;
  for (std::thread& thread : others) thread.join();
}

TEST(Enrol, ItsProgressMaySearchAndChangesNothing) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  int told = 0;
  const auto ask = [&](std::uint64_t, std::uint64_t) {
    ++told;
    EXPECT_EQ(campus.find(ada), Names{"ada"});
    EXPECT_TRUE(campus.gallery.contains("ada"));
    EXPECT_ERRC(campus.gallery.enrol("eve", {ada}), Errc::invalid_argument);
    EXPECT_ERRC(campus.gallery.remove("ada"), Errc::invalid_argument);
    EXPECT_ERRC(campus.gallery.compact(), Errc::invalid_argument);
    EXPECT_ERRC(campus.gallery.flush(), Errc::invalid_argument);
  };
  campus.gallery.enrol(crowd(campus, 5), {kThreads, ask});
  EXPECT_GT(told, 0);
  EXPECT_EQ(campus.gallery.stats().num_subjects, 6U);
}

TEST(Enrol, ADeadlineLeavesNobody) {
  Campus campus;
  const auto people = crowd(campus, 50);
  const Execution late{
      .executor = {}, .max_threads = 1, .deadline = std::chrono::steady_clock::now()};
  EXPECT_ERRC(campus.gallery.enrol(people, {late, {}}), Errc::deadline_exceeded);
  EXPECT_EQ(campus.gallery.stats().num_subjects, 0U);
}

TEST(Enrol, WaitsNoLongerThanItsDeadlineAndFailsForNobodyElses) {
  Campus campus;
  const std::vector late{Enrolment{SubjectId("late"), {campus.person()}}};
  const std::vector calm{Enrolment{SubjectId("calm"), {campus.person()}}};
  std::atomic<int> num_told = 0;
  {
    HeldEnrolment slow(campus, "slow");
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
    std::thread waiting([&] {
      campus.gallery.enrol(calm, {.progress = [&](std::uint64_t, std::uint64_t) { ++num_told; }});
    });
    EXPECT_ERRC(campus.gallery.enrol(late, {.execution = {.deadline = soon}}),
                Errc::deadline_exceeded);
    EXPECT_ERRC(campus.gallery.update(late, {.execution = {.deadline = soon}}),
                Errc::deadline_exceeded);
    slow.release();  // those were told while it ran
    waiting.join();
  }
  EXPECT_EQ(num_told, 1);
  EXPECT_TRUE(campus.gallery.contains("slow"));
  EXPECT_TRUE(campus.gallery.contains("calm"));
  EXPECT_FALSE(campus.gallery.contains("late"));
  campus.gallery.enrol(late);
}

TEST(Enrol, WithADeadlineIsCommittedWithNobody) {
  Campus campus;
  const std::vector hasty{Enrolment{SubjectId("hasty"), {campus.person()}}};
  const std::vector calm{Enrolment{SubjectId("calm"), {campus.person()}}};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  {
    HeldEnrolment slow(campus, "slow");
    std::thread first([&] { campus.gallery.enrol(hasty, {.execution = {.deadline = deadline}}); });
    std::thread second([&] { campus.gallery.enrol(calm); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // both wait by now, most likely
    slow.release();
    first.join();
    second.join();
  }
  // That of the gallery itself, and one for each of the three.
  EXPECT_EQ(test::run_sql(campus.path, "SELECT max(sequence) FROM commits"), "4");
}

TEST(Enrol, ManyThreadsAtOnceFailEachForItself) {
  Campus campus;
  constexpr int kNumThreads = 8;
  constexpr int kEach = 40;
  std::vector<std::vector<Template>> people(kNumThreads);
  for (auto& some : people) {
    for (int i = 0; i < kEach; ++i) some.push_back(campus.person());
  }
  std::atomic<int> num_duplicates{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kNumThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        // Two threads each want the same id.
        const std::string id = "e" + std::to_string(t / 2) + "-" + std::to_string(i);
        try {
          campus.gallery.enrol(id,
                               {people[static_cast<std::size_t>(t)][static_cast<std::size_t>(i)]});
          if (i % 4 == 3) campus.gallery.remove(id);
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Errc::duplicate_subject) << error.what();
          ++num_duplicates;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto check = [&] {
    const std::uint64_t num = campus.gallery.stats().num_subjects;
    EXPECT_GE(num, kNumThreads / 2 * kEach * 3 / 4U);
    EXPECT_EQ(campus.gallery.subjects(10000).size(), num);
  };
  check();
  campus.reopen();
  check();
  EXPECT_GE(num_duplicates, kNumThreads / 2 * kEach * 3 / 4);
}

/// A reader that pins the log, as a long search does.
class PinnedLog {
 public:
  explicit PinnedLog(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "BEGIN; SELECT count(*) FROM refs", nullptr, nullptr, nullptr),
              SQLITE_OK);
  }
  PinnedLog(const PinnedLog&) = delete;
  PinnedLog& operator=(const PinnedLog&) = delete;
  ~PinnedLog() { sqlite3_close(handle_); }

 private:
  sqlite3* handle_ = nullptr;
};

TEST(Erasure, IsPendingWhileTheLogIsPinnedAndFinishedByTheNextWrite) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  {
    const PinnedLog pinned(campus.path);
    EXPECT_EQ(campus.gallery.remove("ada").erasure, Erasure::pending);
    campus.gallery.enrol("bob", {campus.person()});
    EXPECT_EQ(campus.gallery.stats().num_pending_erasures, 1U);
  }
  campus.gallery.enrol("cid", {campus.person()});
  EXPECT_EQ(campus.gallery.stats().num_pending_erasures, 0U);
}

TEST(Batched, KeepsWhatIsEnrolledAndRevoked) {
  Campus campus;
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {.key = campus.key, .sync = Sync::batched});
  const Template ada = campus.person();
  const Template bob = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {bob});
  campus.gallery.flush();
  campus.gallery.remove("ada");
  campus.reopen();
  EXPECT_TRUE(campus.find(ada).empty());
  EXPECT_EQ(campus.find(bob), Names{"bob"});
}

TEST(Subjects, ArePagedInOrder) {
  Campus campus;
  EXPECT_TRUE(campus.gallery.subjects(10).empty());
  campus.gallery.enrol(crowd(campus, 25, 1));
  std::vector<std::string> all;
  for (std::string after;;) {
    const auto page = campus.gallery.subjects(4, after);
    if (page.empty()) break;
    EXPECT_LE(page.size(), 4U);
    for (const SubjectId& id : page) all.push_back(id.str());
    after = all.back();
  }
  EXPECT_EQ(all.size(), 25U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_TRUE(campus.gallery.subjects(0).empty());
}

TEST(Subjects, WhomNobodyEnrolledIsNotListed) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  test::run_sql(campus.path,
                "INSERT INTO subjects SELECT 9, 'eve', generation, cohorts, enrolled_at, 9, tag "
                "FROM subjects");
  EXPECT_ERRC(campus.gallery.subjects(10), Errc::not_authentic);
}

}  // namespace
}  // namespace morgiana
