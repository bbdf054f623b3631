#include "gallery/renew.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "gallery/compact.hpp"
#include "gallery/keyset_file.hpp"
#include "gallery/open.hpp"
#include "seal/key_slot.hpp"
#include "store/database.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

/// People enough for several batches, the first with two references and a cohort of their own.
struct Renewals : ::testing::Test {
  static constexpr int kPeople = 600;

  Renewals() {
    std::vector<Enrolment> enrolments;
    for (int i = 0; i < kPeople; ++i) {
      people.push_back(campus.person());
      enrolments.push_back({name_of(i), {people.back()}, {i == 0 ? 0b100U : 0b001U}});
    }
    enrolments.front().references.push_back(campus.again(people.front()));
    campus.gallery.enrol(enrolments);
  }

  static std::string name_of(int i) { return "p" + std::to_string(i); }

  /// Each probe's candidates with their scores, bit for bit.
  std::vector<std::map<std::string, float>> answers(const Gallery& gallery) const {
    std::vector<std::map<std::string, float>> all;
    for (const Identification& found : gallery.identify(
             people, {.accept = {{0.3F}}, .max_candidates = 1000, .include_scores = true})) {
      all.emplace_back();
      for (const Candidate& c : found.candidates()) {
        all.back()[c.subject.str()] = c.score->cosine;
      }
    }
    return all;
  }

  void open_uncounted() {
    campus.gallery.close();
    campus.gallery = Gallery::open(campus.path, {.key = campus.key, .refusals = std::nullopt});
  }

  std::string sql(const std::string& text) const { return test::run_sql(campus.path, text); }

  Campus campus;
  std::vector<Template> people;
};

TEST_F(Renewals, KeepEverythingButTheKeys) {
  open_uncounted();
  const auto before = answers(campus.gallery);
  const std::string times = sql("SELECT group_concat(enrolled_at) FROM subjects");
  const seal::Keyset old = read_keyset(campus.path + ".keyset", campus.key);
  const Renewal renewal = campus.gallery.renew({.execution = {.max_threads = 2}});
  EXPECT_EQ(renewal.num_renewed, static_cast<std::uint64_t>(kPeople));
  EXPECT_TRUE(renewal.is_overwritten);
  EXPECT_EQ(answers(campus.gallery), before);
  open_uncounted();
  EXPECT_EQ(answers(campus.gallery), before);
  EXPECT_EQ(sql("SELECT group_concat(enrolled_at) FROM subjects"), times);
  EXPECT_EQ(campus.gallery.identify(people[0], {.accept = {{0.6F}}, .cohorts = {0b100}})
                .searched()
                .num_references,
            2U);
  const seal::Keyset renewed = read_keyset(campus.path + ".keyset", campus.key);
  EXPECT_FALSE(renewed.has_retiring());
  EXPECT_EQ(old.find(renewed.current().id), nullptr);
  EXPECT_FALSE(std::ranges::equal(old.rotation_seed().bytes(), renewed.rotation_seed().bytes()));
  EXPECT_EQ(sql("SELECT min(generation) || max(generation) FROM subjects"), "22");
  EXPECT_TRUE(Gallery::check(campus.path, {.key = campus.key}).problems.empty());
}

TEST_F(Renewals, GiveTheCodesInMemoryAnotherRotation) {
  campus.gallery.close();
  const GalleryPaths paths(campus.path);
  const auto rotated = [&](const Parts& parts) {
    std::vector<float> out(Campus::kDim);
    parts.index.view()->rotation().apply(people[0].values(), out);
    return out;
  };
  const auto parts = open_parts(paths, store::FileLock(paths.lock), {.key = campus.key});
  const auto beside = follow_parts(paths, {.key = campus.key});
  const std::vector<float> before = rotated(*parts);
  EXPECT_EQ(rotated(*beside), before);
  renew(*parts, {});
  const std::vector<float> after = rotated(*parts);
  EXPECT_NE(after, before);
  EXPECT_EQ(rotated(*beside), before);
  compact(*beside);
  EXPECT_EQ(rotated(*beside), after);
  compact(*parts);
  EXPECT_EQ(rotated(*parts), after);
}

TEST_F(Renewals, GoOnBesideSearchesChangesAndFollowers) {
  open_uncounted();
  const Gallery follower =
      Gallery::follow(campus.path, {.key = campus.key, .refusals = std::nullopt});
  std::atomic<bool> is_over = false;
  std::atomic<int> num_missed = 0;
  std::atomic<int> num_found_after_removal = 0;
  std::vector<std::jthread> others;
  for (const Gallery* gallery : {&std::as_const(campus.gallery), &follower}) {
    others.emplace_back([&, gallery] {
      for (int i = 100; !is_over; i = i % (kPeople - 1) + 1) {
        if (i < 100) continue;
        const auto found =
            gallery->identify(people[static_cast<std::size_t>(i)], {.accept = {{0.9F}}})
                .candidates();
        if (found.size() != 1 || found[0].subject.str() != name_of(i)) ++num_missed;
      }
    });
  }
  others.emplace_back([&] {
    for (int i = 1; i < 100 && !is_over; ++i) {
      campus.gallery.remove(name_of(i));
      const Template& gone = people[static_cast<std::size_t>(i)];
      if (!campus.gallery.identify(gone, {.accept = {{0.9F}}}).candidates().empty()) {
        ++num_found_after_removal;
      }
      if (!follower.identify(gone, {.accept = {{0.9F}}}).candidates().empty()) {
        ++num_found_after_removal;
      }
      campus.gallery.enrol("new" + std::to_string(i), {gone});
    }
  });
  int num_renewals = 0;
  for (int i = 0; i < 20 && num_renewals < 2; ++i) {
    try {
      campus.gallery.renew();
      ++num_renewals;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::locked) << error.what();  // a search pinned the log
    }
  }
  is_over = true;
  others.clear();
  EXPECT_GT(num_renewals, 0);
  EXPECT_EQ(num_missed, 0);
  EXPECT_EQ(num_found_after_removal, 0);
  EXPECT_EQ(answers(follower), answers(campus.gallery));
}

TEST_F(Renewals, MayBeCutOffAtAnyBatchAndBeginAgain) {
  open_uncounted();
  const auto before = answers(campus.gallery);
  for (int last = 1; last <= 3; ++last) {
    int num_told = 0;
    const auto stop = [&](std::uint64_t, std::uint64_t) {
      if (++num_told == last) throw std::runtime_error("stopped");
    };
    EXPECT_THROW(campus.gallery.renew({.progress = stop}), std::runtime_error);
    EXPECT_EQ(answers(campus.gallery), before);
    open_uncounted();
    EXPECT_EQ(answers(campus.gallery), before);
  }
  EXPECT_TRUE(read_keyset(campus.path + ".keyset", campus.key).has_retiring());
  EXPECT_EQ(campus.gallery.renew().num_renewed, static_cast<std::uint64_t>(kPeople));
  EXPECT_FALSE(read_keyset(campus.path + ".keyset", campus.key).has_retiring());
  EXPECT_EQ(answers(campus.gallery), before);
}

/// What lay on the disk before is of no use to who has the keys of afterwards.
TEST_F(Renewals, CopiesOfBeforeDoNotOpenWithTheKeysOfAfterwards) {
  const std::string copy = campus.folder / "copy";
  campus.gallery.close();
  fs::copy_file(campus.path, copy);
  campus.gallery = Gallery::open(campus.path, {.key = campus.key});
  campus.gallery.renew();
  fs::copy_file(campus.path + ".keyset", copy + ".keyset");
  EXPECT_ERRC(Gallery::open(copy, {.key = campus.key}), Errc::not_authentic);
}

TEST_F(Renewals, AReaderOfAnOlderStateMakesThemWait) {
  const store::Database beside = store::Database::follow(campus.path);
  {
    const store::Snapshot reader = beside.snapshot();
    campus.gallery.remove(name_of(5));
    EXPECT_ERRC(campus.gallery.renew(), Errc::locked);
  }
  EXPECT_EQ(campus.gallery.renew().num_renewed, static_cast<std::uint64_t>(kPeople - 1));
}

TEST_F(Renewals, SayHowFarTheyAre) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  campus.gallery.renew({.progress = [&](std::uint64_t num_done, std::uint64_t num_all) {
    told.emplace_back(num_done, num_all);
  }});
  ASSERT_GE(told.size(), 3U);
  EXPECT_EQ(told.back(), std::pair(std::uint64_t{kPeople}, std::uint64_t{kPeople}));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
}

TEST_F(Renewals, AFollowerMakesNone) {
  Gallery follower = Gallery::follow(campus.path, {.key = campus.key});
  EXPECT_ERRC(follower.renew(), Errc::read_only);
}

TEST_F(Renewals, WhoseRecordIsDamagedStopsThemAndLosesNobody) {
  sql("UPDATE refs SET sealed = zeroblob(length(sealed)) WHERE reference >> 20 = 300");
  EXPECT_ERRC(campus.gallery.renew(), Errc::not_authentic);
  EXPECT_EQ(campus.find(people[0]), Names{"p0"});
  EXPECT_EQ(campus.find(people[550]), Names{"p550"});
  campus.gallery.remove(name_of(299));
  EXPECT_EQ(campus.gallery.renew().num_renewed, static_cast<std::uint64_t>(kPeople - 1));
  campus.reopen();
  EXPECT_EQ(campus.find(people[550]), Names{"p550"});
}

}  // namespace
}  // namespace morgiana
