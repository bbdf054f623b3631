#include "crash/damage.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crash/damage_world.hpp"
#include "crash/people.hpp"
#include "crash/seed.hpp"
#include "crash/shared.hpp"
#include "morgiana/error.hpp"

namespace morgiana {
namespace {

using test::Damage;
using test::Files;
using test::Image;
using test::People;
using test::World;

/// How many damaged copies of each image: more in a soak (scripts/soak).
std::size_t num_cases() {
  const char* given = std::getenv("MORGIANA_DAMAGE_CASES");
  return (given == nullptr ? 2'000 : std::strtoul(given, nullptr, 10)) / 2;
}

/// What must not be: an answer that no committed state gives.
struct Wrong {
  std::string what;
};

/// Whether it was done; false where it was refused with an error.
template <class Work>
bool done(Work work) {
  try {
    work();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Questions to a gallery whose every answer must be that of one state.
class Questions {
 public:
  Questions(const World& world, const People::State& state) : world_(world), state_(state) {}

  /// Whether all were answered, none with an error.
  bool ask(const Gallery& gallery) const {
    const bool all_at_once = done([&] { require(People::difference(gallery, state_)); });
    if (!all_at_once) ask_each(gallery);
    return ask_for_everybody(gallery) && all_at_once;
  }

  /// Everybody at once, the removed, the replaced and people of the other gallery too.
  bool ask_for_everybody(const Gallery& gallery) const {
    std::map<std::uint64_t, std::string> names;
    for (const auto& [id, person] : state_) names[person] = id;
    for (std::uint64_t person = 1; person <= world_.num_people; ++person) {
      names.insert({{person, ""}, {World::kOtherPeople + person, ""}});
    }
    std::vector<Template> probes;
    for (const auto& [person, id] : names) probes.push_back(People::references(person).front());
    return done([&] {
      auto name = names.begin();
      for (const auto& found : gallery.identify(probes, {.accept = {{0.999F}}})) {
        const std::string& expected = (name++)->second;
        std::string all;
        for (const Candidate& one : found.candidates()) all += one.subject.str();
        require(all == expected ? "" : "'" + all + "' is found instead of '" + expected + "'");
      }
    });
  }

 private:
  static void require(const std::string& difference) {
    if (!difference.empty()) throw Wrong{difference};
  }

  /// One by one, as each may be refused.
  void ask_each(const Gallery& gallery) const {
    for (const auto& [id, person] : state_) {
      const auto references = People::references(person);
      done([&] { require(gallery.contains(id) ? "" : id + " is not contained"); });
      done([&] {
        const auto answer = gallery.verify(id, references.back(), {.accept = {{0.999F}}});
        require(answer.accepted() ? "" : id + " is not verified");
      });
      done([&] {
        const auto found = gallery.identify(references.front(), {.accept = {{0.999F}}});
        const bool is_right =
            found.num_accepted() == 1 && found.candidates().front().subject.str() == id;
        require(is_right ? "" : id + " is not found");
      });
    }
  }

  const World& world_;
  const People::State& state_;
};

enum class Outcome { refused, questions_refused, changes_refused, reported, older, harmless };
constexpr std::array kOutcomes{"refused",  "search refused", "change refused",
                               "reported", "older state",    "harmless"};

/// One damaged copy of a gallery, and all that can be done with it.
class Case {
 public:
  Case(const World& world, const Image& image, std::uint64_t seed)
      : world_(world), random_(seed), path_(world.folder / "copy"), files_(image.files) {
    damage_ = test::damage(files_, world_.donors, random_);
    words_ = damage_.words();
    if (damage_.kind == Damage::Kind::exchange) {
      allowed_ = world_.history;
    } else {
      allowed_ = {image.states[num_commits_left(image)]};
    }
    newest_ = image.states.back();
  }

  const Damage& damage() const { return damage_; }
  const std::string& words() const { return words_; }

  Outcome run() {
    const bool is_reported = check();
    follow();
    const Outcome outcome = open();
    if (outcome != Outcome::harmless && outcome != Outcome::older && !is_reported) {
      throw Wrong{"check() sees nothing, but: " + refusal_};
    }
    return outcome == Outcome::harmless && is_reported ? Outcome::reported : outcome;
  }

 private:
  /// A log is read up to the first frame that is not as it was written: to SQLite what a crash has
  /// left. What was committed there is lost, and SECURITY.md says that this is not noticed.
  std::size_t num_commits_left(const Image& image) const {
    if (damage_.file != "-wal") return image.states.size() - 1;
    const std::string& before = image.files.at("-wal");
    const std::string& after = files_.at("-wal");
    const auto first = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    return test::num_commits(
        std::string_view(before).substr(0, static_cast<std::size_t>(first.first - before.begin())));
  }

  /// The allowed state that a gallery seems to hold.
  const People::State& state_of(const Gallery& gallery) const {
    for (const People::State& state : allowed_) {
      if (allowed_.size() == 1 || People::difference(gallery, state).empty()) return state;
    }
    throw Wrong{"no state that was ever committed"};
  }

  bool check() const {
    test::write_files(path_, files_);
    bool is_clean = false;
    return !done([&] { is_clean = Gallery::check(path_, {.key = world_.key}).problems.empty(); }) ||
           !is_clean;
  }

  void follow() const {
    test::write_files(path_, files_);
    done([&] {
      const Gallery gallery = Gallery::follow(path_, {.key = world_.key});
      Questions(world_, state_of(gallery)).ask_for_everybody(gallery);
    });
  }

  Outcome open() {
    test::write_files(path_, files_);
    std::unique_ptr<Gallery> gallery;
    if (!reopen(gallery)) return Outcome::refused;
    const People::State* found = nullptr;
    if (!attempt([&] { found = &state_of(*gallery); })) return Outcome::questions_refused;
    const bool is_older = *found != newest_;
    if (!Questions(world_, *found).ask(*gallery)) return Outcome::questions_refused;
    People::State state = *found;
    if (!change(gallery, state)) return Outcome::changes_refused;
    return is_older ? Outcome::older : Outcome::harmless;
  }

  /// Whether all changes were made and are still there afterwards. One that is refused is wholly
  /// there or wholly not.
  bool change(std::unique_ptr<Gallery>& gallery, People::State& state) {
    for (std::uint64_t i = 0; i < 4; ++i) {
      People::State next = state;
      const bool was_made = attempt([&] { change_once(*gallery, next, i); });
      if ((i % 2 == 1 || !was_made) && !reopen(gallery)) return false;
      if (!was_made) {
        // What cannot be read at all leaves open which of the two it is.
        bool is_done = false;
        if (attempt([&] { is_done = !People::difference(*gallery, state).empty(); })) {
          Questions(world_, is_done ? next : state).ask(*gallery);
        }
        return false;
      }
      state = std::move(next);
    }
    return Questions(world_, state).ask(*gallery);
  }

  bool reopen(std::unique_ptr<Gallery>& gallery) {
    gallery.reset();
    return attempt(
        [&] { gallery = std::make_unique<Gallery>(Gallery::open(path_, {.key = world_.key})); });
  }

  /// Enrols somebody, removes one, replaces one.
  void change_once(Gallery& gallery, People::State& next, std::uint64_t number) {
    const std::uint64_t person = World::kNewPeople + number;
    const auto at = std::next(next.begin(), static_cast<std::ptrdiff_t>(random_() % next.size()));
    const std::string id = number % 3 == 0 ? nobody(next) : at->first;
    if (number % 3 == 1) {
      next.erase(id);
      gallery.remove(id);
      return;
    }
    const bool is_new = !next.contains(id);
    next[id] = person;
    if (is_new) {
      gallery.enrol(id, People::references(person));
    } else {
      gallery.update(id, People::references(person));
    }
  }

  /// An id that was removed where there is one, or else a new one.
  std::string nobody(const People::State& state) {
    for (const auto& [id, person] : world_.history[random_() % world_.history.size()]) {
      if (!state.contains(id)) return id;
    }
    return "somebody new";
  }

  template <class Work>
  bool attempt(Work work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      refusal_ = std::string(name(error.code())) + ": " + error.what();
      return false;
    }
  }

  const World& world_;
  std::mt19937_64 random_;
  std::string path_;
  Files files_;
  Damage damage_{};
  std::string words_;
  std::vector<People::State> allowed_;
  People::State newest_;
  std::string refusal_;
};

/// What the process that runs the cases tells the one that waits for it.
struct Progress {
  using Counts = std::array<std::size_t, kOutcomes.size()>;

  std::size_t num_begun;
  std::array<char, 300> words;  // of the case that was begun last
  std::array<std::array<Counts, Damage::kNumKinds>, 3> counts;
};

std::size_t number_of(const std::string& file) {
  return file.empty() ? 0 : file == "-wal" ? 1 : 2;
}

/// Runs cases in a process of its own, so that a crash and a hang have a name as well.
class Damages : public ::testing::TestWithParam<Image World::*> {
 protected:
  static constexpr std::size_t kCasesOfAWorld = 500;
  static constexpr unsigned kHangSeconds = 120;  // a case takes milliseconds
  static constexpr int kMaxFailures = 5;

  void run() {
    for (int failures = 0; failures < kMaxFailures && progress_->num_begun < num_cases();) {
      std::fflush(nullptr);
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) std::exit(run_cases());
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      if (status == 0) continue;
      ++failures;
      const bool hangs = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
      ADD_FAILURE() << progress_->words.data() << (hangs ? ": hangs" : ": failed") << ", status "
                    << status;
    }
  }

  static void print_row(const std::string& what, const Progress::Counts& counts) {
    std::printf("%-34s", what.c_str());
    for (const std::size_t count : counts) std::printf("%16zu", count);
    std::printf("\n");
  }

  void print() {
    std::printf("%-34s", "");
    for (const char* outcome : kOutcomes) std::printf("%16s", outcome);
    std::printf("\n");
    Progress::Counts all{};
    for (const std::string file : {"", "-wal", ".keyset"}) {
      for (std::size_t kind = 0; kind < Damage::kNumKinds; ++kind) {
        const Progress::Counts& counts = progress_->counts[number_of(file)][kind];
        if (std::ranges::count(counts, 0U) == std::ssize(counts)) continue;
        const std::string what(Damage::name(static_cast<Damage::Kind>(kind)));
        print_row((file.empty() ? "database" : file) + ", " + what, counts);
        for (std::size_t i = 0; i < counts.size(); ++i) all[i] += counts[i];
      }
    }
    print_row("all", all);
  }

  test::Shared<Progress> progress_{1};

 private:
  /// Goes on where the process before ended.
  int run_cases() {
    std::unique_ptr<World> world;
    std::uint64_t seed_of_world = 0;
    while (progress_->num_begun < num_cases()) {
      const std::size_t i = progress_->num_begun++;
      const std::uint64_t seed = test::first_seed() + i / kCasesOfAWorld;
      if (world == nullptr || seed != seed_of_world) world = std::make_unique<World>(seed);
      seed_of_world = seed;
      if (!run_case(*world, seed, i % kCasesOfAWorld)) return 1;
      if ((i + 1) % 10'000 == 0) std::printf("%zu of %zu copies\n", i + 1, num_cases());
      std::fflush(stdout);
    }
    ::alarm(0);
    return 0;
  }

  bool run_case(const World& world, std::uint64_t seed, std::size_t number) {
    Case one(world, world.*GetParam(), seed * kCasesOfAWorld + number);
    const std::string words = "MORGIANA_SEED=" + std::to_string(seed) + ", case " +
                              std::to_string(number) + ": " + one.words();
    std::snprintf(progress_->words.data(), progress_->words.size(), "%s", words.c_str());
    ::alarm(kHangSeconds);
    std::string failure;
    try {
      const auto outcome = static_cast<std::size_t>(one.run());
      const auto kind = static_cast<std::size_t>(one.damage().kind);
      ++progress_->counts[number_of(one.damage().file)][kind][outcome];
      return true;
    } catch (const Wrong& wrong) {
      failure = wrong.what;
    } catch (const std::exception& error) {
      failure = std::string("another exception than Error: ") + error.what();
    }
    std::fprintf(stderr, "%s: %s\n", words.c_str(), failure.c_str());
    return false;
  }
};

INSTANTIATE_TEST_SUITE_P(Gallery, Damages, ::testing::Values(&World::closed, &World::open),
                         [](const auto& each) {
                           return each.param == &World::closed ? "Closed" : "Open";
                         });

TEST_P(Damages, ACopyIsRefusedOrAnswersAsItDidBefore) {
  run();
  print();
  // A keyset is authentic in every bit.
  for (const Progress::Counts& counts : progress_->counts[number_of(".keyset")]) {
    for (std::size_t i = 1; i < counts.size(); ++i) EXPECT_EQ(counts[i], 0U) << kOutcomes[i];
  }
}

}  // namespace
}  // namespace morgiana
