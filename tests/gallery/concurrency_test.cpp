#include <atomic>
#include <thread>
#include <vector>

#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

TEST(Concurrency, NoSearchThatStartsAfterRemoveReturnsFindsTheSubject) {
  Campus campus;
  const Template ada = campus.person();
  for (int i = 0; i < 100; ++i) campus.gallery.enrol("p" + std::to_string(i), {campus.person()});
  std::atomic<int> acknowledged{0};  // even: removed for good, odd: enrolled or about to be
  std::atomic<bool> done{false};
  std::atomic<int> num_stale{0};
  std::atomic<int> num_searches{0};
  std::vector<std::thread> searchers;
  for (int i = 0; i < 3; ++i) {
    searchers.emplace_back([&] {
      while (!done) {
        const int before = acknowledged;
        const bool found = !campus.find(ada).empty();
        if (found && before % 2 == 0 && acknowledged == before) ++num_stale;
        ++num_searches;
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    ++acknowledged;
    campus.gallery.enrol("ada", {ada});
    EXPECT_EQ(campus.find(ada), Names{"ada"});
    campus.gallery.remove("ada");
    ++acknowledged;
  }
  done = true;
  for (std::thread& searcher : searchers) searcher.join();
  EXPECT_EQ(num_stale, 0);
  EXPECT_GT(num_searches, 0);
}

TEST(Concurrency, CloseWaitsForRunningSearchesAndLaterOnesSaySo) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  std::atomic<int> num_wrong{0};
  std::vector<std::thread> searchers;
  for (int i = 0; i < 4; ++i) {
    searchers.emplace_back([&] {
      try {
        for (;;) num_wrong += campus.find(ada) == Names{"ada"} ? 0 : 1;
      } catch (const Error& error) {
        num_wrong += error.code() == Errc::closed ? 0 : 1;
      }
    });
  }
  campus.gallery.close();
  for (std::thread& searcher : searchers) searcher.join();
  EXPECT_EQ(num_wrong, 0);
}

TEST(Concurrency, SearchesOnSeveralThreadsFindWhoStaysWhileOthersComeAndGo) {
  for (const References references : {References::sealed, References::resident}) {
    Campus campus;
    campus.gallery.close();
    campus.gallery = Gallery::open(campus.path, {campus.key, {references}});
    std::vector<Template> staying;
    for (int i = 0; i < 200; ++i) {
      staying.push_back(campus.person());
      campus.gallery.enrol("s" + std::to_string(i), {staying.back()});
    }
    std::atomic<bool> done{false};
    std::atomic<int> num_missed{0};
    std::vector<std::thread> searchers;
    for (std::size_t first = 0; first < 3; ++first) {
      searchers.emplace_back([&, first] {
        const Execution execution{.executor = {}, .max_threads = 2};
        for (std::size_t i = first; !done; i = (i + 1) % staying.size()) {
          const auto found = campus.gallery.identify(staying[i], {.accept = {{0.9F}}}, execution);
          num_missed += found.num_accepted() == 1 ? 0 : 1;
        }
      });
    }
    for (int round = 0; round < 40; ++round) {
      campus.gallery.enrol("x", {campus.person(), campus.person()});
      campus.gallery.enrol("y" + std::to_string(round), {campus.person()});
      campus.gallery.remove("x");
      if (round % 10 == 9) {
        for (int i = round - 9; i <= round; ++i) campus.gallery.remove("y" + std::to_string(i));
        campus.gallery.compact();
      }
    }
    done = true;
    for (std::thread& searcher : searchers) searcher.join();
    EXPECT_EQ(num_missed, 0);
    EXPECT_EQ(campus.gallery.stats().num_references, staying.size());
  }
}

}  // namespace
}  // namespace morgiana
