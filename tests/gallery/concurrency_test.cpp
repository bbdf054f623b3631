#include <atomic>
#include <thread>

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

}  // namespace
}  // namespace morgiana
