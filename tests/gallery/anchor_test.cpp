#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

/// A register in memory that can fail.
struct Register {
  Anchor anchor() {
    return Anchor::callback(
        [this] {
          if (is_broken) throw std::runtime_error("the register is away");
          return held;
        },
        [this](const Anchor::Value& expected, const Anchor::Value& next) {
          if (is_broken) throw std::runtime_error("the register is away");
          if (held != expected) return false;
          held = next;
          ++num_swaps;
          if (loses_the_answer) throw std::runtime_error("no answer came");
          return true;
        });
  }

  Anchor::Value held;
  int num_swaps = 0;
  bool is_broken = false;
  bool loses_the_answer = false;
};

struct Anchors : ::testing::Test {
  Gallery create(const Anchor& anchor) {
    return Gallery::create(path, {.model = campus.model, .key = campus.key, .anchor = anchor});
  }
  Gallery open(const Anchor& anchor, Sync sync = Sync::commit) {
    return Gallery::open(path, {.key = campus.key, .sync = sync, .anchor = anchor});
  }
  void copy(const std::string& from, const std::string& to) {
    for (const char* suffix : {"", "-wal", ".keyset"}) {
      fs::remove(to + suffix);
      if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
    }
  }

  Campus campus;
  std::string path = campus.folder / "g";
  std::string old = campus.folder / "old";
  Anchor file = Anchor::file(campus.folder / "anchor");
  Register memory;
};

TEST_F(Anchors, AnOlderCopyIsRefusedHoweverWholeItIs) {
  for (const Anchor& anchor : {file, memory.anchor()}) {
    {
      Gallery gallery = create(anchor);
      gallery.enrol("ada", {campus.person()});
      gallery.enrol("bob", {campus.person()});
    }
    copy(path, old);
    {
      Gallery gallery = open(anchor);
      gallery.remove("bob");
    }
    EXPECT_FALSE(open(anchor).contains("bob"));
    copy(path, campus.folder / "newest");
    copy(old, path);
    EXPECT_TRUE(Gallery::open(path, {campus.key}).contains("bob")) << "without the anchor";
    EXPECT_ERRC(open(anchor), Errc::rolled_back);
    EXPECT_ERRC(Gallery::follow(path, {.key = campus.key, .anchor = anchor}), Errc::rolled_back);
    const CheckReport report = Gallery::check(path, {.key = campus.key, .anchor = anchor});
    EXPECT_EQ(report.problems.size(), 1U);
    copy(campus.folder / "newest", path);
    EXPECT_NO_THROW(open(anchor));
    fs::remove(path);
    fs::remove(path + ".keyset");
    fs::remove(campus.folder / "anchor");
  }
}

TEST_F(Anchors, EachChangeMovesIt) {
  Gallery gallery = create(memory.anchor());
  const auto moved_by = [&](const auto& change) {
    const Anchor::Value before = memory.held;
    change();
    return memory.held != before;
  };
  const Template ada = campus.person();
  EXPECT_TRUE(moved_by([&] { gallery.enrol("ada", {ada}); }));
  EXPECT_TRUE(moved_by([&] { gallery.update("ada", std::span(&ada, 1)); }));
  EXPECT_TRUE(moved_by([&] { gallery.rotate_keys(); }));
  EXPECT_TRUE(moved_by([&] { gallery.remove("ada"); }));
  EXPECT_FALSE(moved_by([&] { gallery.compact(); }));
}

TEST_F(Anchors, WhatIsBatchedMovesItWhenItIsDurable) {
  create(memory.anchor()).close();
  Gallery gallery = open(memory.anchor(), Sync::batched);
  const int before = memory.num_swaps;
  gallery.enrol("ada", {campus.person()});
  EXPECT_EQ(memory.num_swaps, before);
  gallery.flush();
  EXPECT_EQ(memory.num_swaps, before + 1);
  gallery.enrol("bob", {campus.person()});
  gallery.remove("ada");
  EXPECT_EQ(memory.num_swaps, before + 2);
  gallery.enrol("cid", {campus.person()});
  gallery.close();
  EXPECT_EQ(memory.num_swaps, before + 3);
  EXPECT_EQ(open(memory.anchor()).stats().num_subjects, 2U);
}

TEST_F(Anchors, ACrashBeforeItIsMovedLosesNothing) {
  Gallery gallery = create(memory.anchor());
  gallery.enrol("ada", {campus.person()});
  memory.is_broken = true;
  EXPECT_ERRC(gallery.enrol("bob", {campus.person()}), Errc::anchor_failed);
  EXPECT_TRUE(gallery.contains("bob"));
  gallery.close();
  memory.is_broken = false;
  Gallery again = open(memory.anchor());
  EXPECT_TRUE(again.contains("bob"));
  again.remove("ada");
  again.close();
  EXPECT_EQ(open(memory.anchor()).stats().num_subjects, 1U);
}

TEST_F(Anchors, ThatAreDamagedLeaveTheChangeMadeAndMoveWhenTheyArePutRight) {
  Gallery gallery = create(memory.anchor());
  gallery.enrol("ada", {campus.person()});
  const Anchor::Value good = memory.held;
  for (const Anchor::Value& damaged : {Anchor::Value{1, 2, 3}, Anchor::Value{}}) {
    memory.held = damaged;
    try {
      gallery.enrol(std::to_string(damaged.size()), {campus.person()});
      ADD_FAILURE() << "a damaged anchor was moved";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::anchor_failed);
      EXPECT_NE(std::string(error.what()).find("made and durable"), std::string::npos);
    }
  }
  memory.held = good;
  gallery.remove("ada");
  gallery.close();
  EXPECT_EQ(open(memory.anchor()).stats().num_subjects, 2U);
}

TEST_F(Anchors, AnAnswerThatIsLostIsFoundAgain) {
  Gallery gallery = create(memory.anchor());
  memory.loses_the_answer = true;
  EXPECT_ERRC(gallery.enrol("ada", {campus.person()}), Errc::anchor_failed);
  memory.loses_the_answer = false;
  EXPECT_NO_THROW(gallery.enrol("bob", {campus.person()}));
  gallery.close();
  EXPECT_EQ(open(memory.anchor()).stats().num_subjects, 2U);
}

TEST_F(Anchors, OfTwoCopiesInUseTheOneLeftBehindStops) {
  const std::string twin = campus.folder / "twin";
  Gallery first = create(memory.anchor());
  first.enrol("ada", {campus.person()});
  first.close();
  copy(path, twin);
  first = open(memory.anchor());
  Gallery second = Gallery::open(twin, {.key = campus.key, .anchor = memory.anchor()});
  first.remove("ada");
  EXPECT_ERRC(second.enrol("eve", {campus.person()}), Errc::rolled_back);
  EXPECT_ERRC(second.contains("ada"), Errc::rolled_back);
  EXPECT_ERRC(second.identify(campus.person(), {.accept = {{0.5F}}}), Errc::rolled_back);
  EXPECT_NO_THROW(first.enrol("bob", {campus.person()}));
  second.close();
  EXPECT_ERRC(Gallery::open(twin, {.key = campus.key, .anchor = memory.anchor()}),
              Errc::rolled_back);
}

TEST_F(Anchors, OneThatHoldsNothingOrSomethingElseOpensNothing) {
  Campus other;
  Register of_other;
  other.gallery.set_anchor(of_other.anchor());
  create(memory.anchor()).close();
  EXPECT_ERRC(open(of_other.anchor()), Errc::not_authentic);
  EXPECT_ERRC(open(file), Errc::anchor_failed);
  memory.is_broken = true;
  EXPECT_ERRC(open(memory.anchor()), Errc::anchor_failed);
  memory.is_broken = false;
  for (const std::size_t at : {0U, 70U, 143U}) {
    Register flipped;
    flipped.held = memory.held;
    flipped.held[at] ^= 1;
    EXPECT_ERRC(open(flipped.anchor()), Errc::not_authentic);
  }
  EXPECT_NO_THROW(open(memory.anchor()));
}

TEST_F(Anchors, IsGivenToAGalleryThatHasNone) {
  campus.gallery.enrol("ada", {campus.person()});
  campus.gallery.set_anchor(file);
  campus.gallery.enrol("bob", {campus.person()});
  EXPECT_ERRC(campus.gallery.set_anchor(file), Errc::already_exists);
  campus.gallery.close();
  EXPECT_NO_THROW(Gallery::open(campus.path, {.key = campus.key, .anchor = file}));
  EXPECT_ERRC(create(file), Errc::already_exists);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_NO_THROW(create(Anchor::file(campus.folder / "another")));
}

TEST_F(Anchors, IsMovedByManyThreadsAtOnce) {
  Gallery gallery = create(file);
  std::vector<Template> people;
  for (int i = 0; i < 40; ++i) people.push_back(campus.person());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < people.size(); i += 4) {
        gallery.enrol(std::to_string(i), {people[i]});
        if (i % 3 == 0) gallery.flush();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  gallery.close();
  EXPECT_EQ(open(file).stats().num_subjects, people.size());
}

TEST_F(Anchors, WhatItThrowsIsToldWithinTheError) {
  Gallery gallery = create(memory.anchor());
  memory.is_broken = true;
  try {
    gallery.enrol("ada", {campus.person()});
    ADD_FAILURE() << "the anchor was moved";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::anchor_failed);
    EXPECT_NE(std::string(error.what()).find("made and durable"), std::string::npos);
    const auto* holder = dynamic_cast<const std::nested_exception*>(&error);
    ASSERT_NE(holder, nullptr);
    EXPECT_THROW(holder->rethrow_nested(), std::runtime_error);
  }
}

TEST_F(Anchors, ACallbackSearchesAndChangesNothing) {
  const Template ada = campus.person();
  std::vector<Errc> codes;
  bool finds = false;
  Gallery* used = nullptr;
  const auto attempt = [&](const auto& change) {
    try {
      change();
    } catch (const Error& error) {
      codes.push_back(error.code());
    }
  };
  const Anchor curious =
      Anchor::callback([&] { return memory.held; },
                       [&](const Anchor::Value& expected, const Anchor::Value& next) {
                         if (used != nullptr) {
                           attempt([&] { used->enrol("eve", {campus.person()}); });
                           attempt([&] { used->remove("ada"); });
                           attempt([&] { used->flush(); });
                           finds = used->verify("ada", ada, {.accept = {{0.9F}}}).accepted();
                         }
                         return memory.held == expected && (memory.held = next, true);
                       });
  Gallery gallery = create(curious);
  used = &gallery;
  gallery.enrol("ada", {ada});
  EXPECT_EQ(codes, (std::vector<Errc>(3, Errc::invalid_argument)));
  EXPECT_TRUE(finds);
  gallery.flush();
  used = nullptr;
  EXPECT_EQ(gallery.stats().num_subjects, 1U);
}

TEST_F(Anchors, AreGivenWhileOthersUseTheGallery) {
  Gallery gallery = create(memory.anchor());
  std::vector<Template> people;
  for (int i = 0; i < 60; ++i) people.push_back(campus.person());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < people.size(); i += 3) {
        gallery.enrol(std::to_string(i), {people[i]});
        EXPECT_TRUE(gallery.contains(std::to_string(i)));
      }
    });
  }
  std::vector<Register> registers(8);
  for (Register& one : registers) gallery.set_anchor(one.anchor());
  for (std::thread& thread : threads) thread.join();
  gallery.close();
  EXPECT_EQ(open(registers.back().anchor()).stats().num_subjects, people.size());
}

TEST_F(Anchors, AreNotGivenByAFollower) {
  Gallery gallery = create(memory.anchor());
  Gallery follower = Gallery::follow(path, {.key = campus.key});
  EXPECT_ERRC(follower.set_anchor(file), Errc::read_only);
  EXPECT_FALSE(fs::exists(campus.folder / "anchor"));
}

}  // namespace
}  // namespace morgiana
