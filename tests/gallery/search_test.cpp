#include <atomic>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <thread>
#include <utility>

#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

/// A campus with two buildings, 60 people each.
struct Buildings : Campus {
  static constexpr std::uint64_t kNorth = 0b01;
  static constexpr std::uint64_t kSouth = 0b10;

  Buildings() {
    std::vector<Enrolment> enrolments;
    for (int i = 0; i < 120; ++i) {
      people.push_back(person());
      const std::uint64_t building = i < 60 ? kNorth : kSouth;
      enrolments.push_back({name_of(i), {people.back(), again(people.back())}, {building}});
    }
    gallery.enrol(enrolments);
  }

  static SubjectId name_of(int i) { return SubjectId("p" + std::to_string(i)); }

  std::vector<Template> people;
};

/// Two probes, which two threads search for side by side however small the gallery is.
std::vector<Template> twice(const Template& probe) {
  return {probe, probe};
}

IdentifyOptions at(float threshold) {
  return {.accept = {{threshold}}};
}

TEST(Search, ComparesOnlyTheCohortsAskedFor) {
  Buildings campus;
  IdentifyOptions north = at(0.6F);
  north.cohorts = {Buildings::kNorth};
  for (int round = 0; round < 2; ++round) {
    const Identification found = campus.gallery.identify(campus.people[5], north);
    ASSERT_EQ(found.candidates().size(), 1U);
    EXPECT_EQ(found.searched().num_subjects, 60U);
    EXPECT_EQ(found.searched().num_references, 120U);
    EXPECT_TRUE(campus.gallery.identify(campus.people[70], north).candidates().empty());
    EXPECT_EQ(campus.gallery.identify(campus.people[70], at(0.6F)).searched().num_subjects, 120U);
    campus.reopen();  // cohorts are records, not memory
  }
  north.cohorts = {1U << 9};
  const Identification nobody = campus.gallery.identify(campus.people[5], north);
  EXPECT_EQ(nobody.searched().num_references, 0U);
  EXPECT_EQ(decide(nobody, {{{0.6F}}}).reason, Reason::empty_gallery);
}

TEST(Search, ExcludesTheSubjectsListed) {
  Buildings campus;
  IdentifyOptions options = at(0.6F);
  options.exclude = {Buildings::name_of(5), SubjectId("nobody")};
  const Identification found = campus.gallery.identify(campus.people[5], options);
  EXPECT_TRUE(found.candidates().empty());
  EXPECT_EQ(found.searched().num_subjects, 119U);
  EXPECT_EQ(found.searched().num_references, 238U);
  EXPECT_EQ(campus.gallery.identify(campus.people[6], options).candidates().size(), 1U);
}

TEST(Search, AnswersTheSameWithAnyThreadsExecutorAndMemory) {
  Buildings campus;
  std::atomic<int> num_calls = 0;
  const Execution own{.executor =
                          [&](std::size_t num_tasks, const auto& task) {
                            ++num_calls;
                            for (std::size_t i = num_tasks; i-- > 0;) task(i);
                          },
                      .max_threads = 3};
  IdentifyOptions options = at(0.05F);
  options.include_scores = true;
  options.max_candidates = 1000;
  const auto answers = [&](const Execution& execution) {
    std::vector<std::vector<std::pair<std::string, float>>> all;
    for (const Identification& found :
         campus.gallery.identify(std::span(campus.people).first(5), options, execution)) {
      all.emplace_back();
      for (const Candidate& c : found.candidates()) {
        all.back().emplace_back(c.subject.str(), c.score->cosine);
      }
    }
    return all;
  };
  const auto open = [&](Memory memory) {
    campus.gallery.close();
    campus.gallery =
        Gallery::open(campus.path, {.key = campus.key, .memory = memory, .refusals = std::nullopt});
  };
  open({});
  const auto expected = answers({});
  for (const References references : {References::sealed, References::resident}) {
    for (const bool residual_codes : {true, false}) {
      open({references, residual_codes});
      for (const unsigned threads : {1U, 2U, 8U, 1U << 31, ~0U}) {
        EXPECT_EQ(answers({.executor = {}, .max_threads = threads}), expected);
      }
      EXPECT_EQ(answers(own), expected);
    }
  }
  EXPECT_GT(num_calls, 0);
}

TEST(Search, ARemovedSubjectIsGoneFromResidentMemoryAsWell) {
  Buildings campus;
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {campus.key, {References::resident}});
  campus.gallery.remove(Buildings::name_of(5));
  EXPECT_TRUE(campus.find(campus.people[5]).empty());
  campus.gallery.enrol("again", {campus.people[5]});
  EXPECT_EQ(campus.find(campus.people[5]), Names{"again"});
}

/// Runs a search on two threads' worth of tasks, and `then` between its first scan and the scoring.
template <class Then>
Execution and_then(Then then) {
  return {
      .executor =
          [then, is_first = std::make_shared<bool>(true)](std::size_t num_tasks, const auto& task) {
            for (std::size_t i = 0; i < num_tasks; ++i) task(i);
            if (std::exchange(*is_first, false)) std::thread(then).join();
          },
      .max_threads = 2};
}

TEST(Search, ASubjectRemovedWhileASearchRunsIsNoCandidate) {
  for (const References references : {References::sealed, References::resident}) {
    Buildings campus;
    campus.gallery.close();
    campus.gallery = Gallery::open(campus.path, {campus.key, {references}});
    IdentifyOptions options = at(-1.0F);
    options.max_candidates = 1000;
    int removed = 0;
    for (const int i : {0, 5, 119}) {  // the first to be scored, one between, the last
      const auto answers =
          campus.gallery.identify(twice(campus.people[static_cast<std::size_t>(i)]), options,
                                  and_then([&] { campus.gallery.remove(Buildings::name_of(i)); }));
      ++removed;
      for (const Identification& found : answers) {
        ASSERT_EQ(found.candidates().size(), 120U - static_cast<unsigned>(removed));
        for (const Candidate& c : found.candidates()) EXPECT_NE(c.subject, Buildings::name_of(i));
      }
    }
  }
}

TEST(Search, WhoIsEnrolledAtEveryMomentUnderOneIdOrAnotherIsFound) {
  for (const References references : {References::sealed, References::resident}) {
    Buildings campus;
    campus.gallery.close();
    campus.gallery = Gallery::open(campus.path, {campus.key, {references}});
    const Template ada = campus.person();
    campus.gallery.enrol("ada v1", {ada});
    const auto replace = [&] {
      campus.gallery.enrol("ada v2", {ada});
      campus.gallery.remove("ada v1");
    };
    for (const Identification& found :
         campus.gallery.identify(twice(ada), at(0.99F), and_then(replace))) {
      ASSERT_EQ(found.candidates().size(), 1U);
      EXPECT_EQ(found.candidates()[0].subject, SubjectId("ada v2"));
      EXPECT_EQ(found.searched().num_subjects, 121U);
    }
  }
}

TEST(Search, WhoIsExcludedIsSoAlsoWhenEnrolledMeanwhile) {
  for (const References references : {References::sealed, References::resident}) {
    Buildings campus;
    campus.gallery.close();
    campus.gallery = Gallery::open(campus.path, {campus.key, {references}});
    for (int i = 120; i < 220; ++i) campus.gallery.enrol(Buildings::name_of(i), {campus.person()});
    const Template ada = campus.person();
    IdentifyOptions options = at(0.99F);
    options.exclude = {"ada"};
    const std::vector<Template> often(600, ada);  // more than are answered together
    int num_answers = 0;
    const auto enrol = [&] { campus.gallery.enrol("ada", {ada}); };
    for (const Identification& found : campus.gallery.identify(often, options, and_then(enrol))) {
      EXPECT_TRUE(found.candidates().empty()) << "answer " << num_answers;
      ++num_answers;
    }
    EXPECT_EQ(num_answers, 600);
    EXPECT_TRUE(campus.gallery.contains("ada"));
  }
}

TEST(Search, KeepsTheBestOfManyAndCountsAll) {
  Campus campus;
  const Template ada = campus.person();
  std::vector<Enrolment> alike;
  for (int i = 0; i < 3000; ++i) {
    const int rank = i * 7919 % 3000;  // a prime: each rank once, in no order
    alike.push_back(
        {SubjectId("p" + std::to_string(rank)), {campus.again(ada, 0.5 + rank * 1e-4)}});
  }
  campus.gallery.enrol(alike);
  for (const std::size_t most : {1U, 3U, 5000U}) {
    IdentifyOptions options{.accept = {{0.52F}}, .margin = 0.1F, .max_candidates = most};
    const Identification found = campus.gallery.identify(ada, options);
    ASSERT_EQ(found.candidates().size(), std::min<std::size_t>(most, found.num_accepted()));
    EXPECT_NEAR(static_cast<double>(found.num_accepted()), 2800, 5);
    EXPECT_EQ(found.candidates()[0].subject, SubjectId("p2999"));
    EXPECT_EQ(found.runner_up(), SubjectId("p2998"));
    if (most == 1) continue;
    EXPECT_EQ(found.candidates()[2].subject, SubjectId("p2997"));
  }
}

TEST(Search, ProbableFindsMatesAndSaysWhatItIs) {
  Buildings campus;
  IdentifyOptions options = at(0.6F);
  options.assurance = Assurance::probable(1e-9);
  for (const Template& known : campus.people) {
    const Identification found = campus.gallery.identify(campus.again(known), options);
    ASSERT_EQ(found.candidates().size(), 1U);
    EXPECT_EQ(found.searched().assurance.miss_probability, 1e-9);
    EXPECT_EQ(decide(found, {{{0.6F}}}).reason, Reason::search_too_narrow);
    EXPECT_EQ(decide(found, {{{0.6F}}, 0, Assurance::probable(1e-6)}).outcome, Outcome::granted);
  }
  // A threshold below zero leaves nothing to prove: everything is compared.
  options.accept = {{-0.5F}};
  EXPECT_EQ(campus.gallery.identify(campus.people[0], options).searched().assurance,
            Assurance::proven());
}

TEST(Search, RefusesOptionsThatMeanNothing) {
  Buildings campus;
  const auto refuses = [&](const IdentifyOptions& options) {
    EXPECT_ERRC(campus.gallery.identify(campus.people[0], options), Errc::invalid_argument);
  };
  IdentifyOptions options = at(0.6F);
  options.cohorts = {0};
  refuses(options);
  for (const double miss : {-1.0, 1e-16, 0.02, 1.0, std::nan("")}) {
    options = at(0.6F);
    options.assurance = {miss};
    refuses(options);
  }
  EXPECT_ERRC(
      campus.gallery.identify(campus.people[0], at(0.6F), {.executor = {}, .max_threads = 0}),
      Errc::invalid_argument);
  EXPECT_ERRC(campus.gallery.enrol(std::array{Enrolment{"x", {campus.person()}, {0}}}),
              Errc::invalid_argument);
}

TEST(Search, ADeadlineThatPassedOrAnExecutorThatFailsAnswersNothing) {
  Buildings campus;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_ERRC(
      campus.gallery.identify(campus.people[0], at(0.6F), {.executor = {}, .deadline = now}),
      Errc::deadline_exceeded);
  const Execution later{.executor = {}, .deadline = now + std::chrono::hours(1)};
  EXPECT_EQ(campus.gallery.identify(campus.people[0], at(0.6F), later).candidates().size(), 1U);
  const Execution throws{
      .executor = [](std::size_t, const auto&) { throw std::runtime_error("pool is gone"); },
      .max_threads = 2};
  const Execution forgets{.executor = [](std::size_t, const auto& task) { task(0); },
                          .max_threads = 2};
  for (const Execution& bad : {throws, forgets}) {
    EXPECT_ERRC(campus.gallery.identify(twice(campus.people[0]), at(0.6F), bad),
                Errc::executor_failed);
  }
  EXPECT_EQ(campus.gallery.identify(campus.people[0], at(0.6F)).candidates().size(), 1U);
}

TEST(Search, ADeadlineThatPassesDuringTheScanAnswersNothing) {
  Buildings campus;
  const Template stranger = campus.person();  // of whom nothing is left to be scored
  for (const Template& probe : {campus.people[0], stranger}) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    Execution execution = and_then(
        [deadline] { std::this_thread::sleep_until(deadline + std::chrono::milliseconds(1)); });
    execution.deadline = deadline;
    EXPECT_ERRC(campus.gallery.identify(twice(probe), at(0.9F), execution),
                Errc::deadline_exceeded);
  }
}

TEST(Search, ADeadlineThatPassedIsSeenInAnEmptyGalleryToo) {
  Campus campus;
  const Execution past{.executor = {}, .deadline = std::chrono::steady_clock::now()};
  EXPECT_ERRC(campus.gallery.identify(campus.person(), at(0.6F), past), Errc::deadline_exceeded);
}

TEST(Search, CompactGivesMemoryBackWhileSearchesGoOn) {
  Buildings campus;
  const std::uint64_t before = campus.gallery.stats().index_bytes;
  std::atomic<bool> stop = false;
  std::atomic<int> num_missed = 0;
  std::thread searcher([&] {
    while (!stop) num_missed += campus.find(campus.people[119]) == Names{"p119"} ? 0 : 1;
  });
  for (int i = 0; i < 90; ++i) campus.gallery.remove(Buildings::name_of(i));
  campus.gallery.compact();
  stop = true;
  searcher.join();
  EXPECT_EQ(num_missed, 0);
  EXPECT_LT(campus.gallery.stats().index_bytes, before / 2);
  for (int i = 90; i < 120; ++i) {
    EXPECT_EQ(campus.find(campus.people[static_cast<std::size_t>(i)]),
              Names{Buildings::name_of(i).str()});
  }
}

}  // namespace
}  // namespace morgiana
