#include "crash/history.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace morgiana::test {
namespace {

/// The calls about one subject.
struct Subject {
  std::vector<Call> writes;
  std::vector<Call> readings;
};

bool begins_first(const Call& a, const Call& b) {
  return a.begin_ns < b.begin_ns;
}

/// Each reading is given the earliest write that explains it, and is not before what ended before
/// it began: with writes in one order, no other choice explains more.
void check(Subject& subject, std::vector<Violation>& violations) {
  std::ranges::sort(subject.writes, begins_first);
  std::ranges::sort(subject.readings, begins_first);
  std::multimap<std::uint64_t, std::size_t> seen;  // by the end of a reading: what it saw
  std::size_t least = 0;
  for (const Call& reading : subject.readings) {
    while (!seen.empty() && seen.begin()->first < reading.begin_ns) {
      least = std::max(least, seen.begin()->second);
      seen.erase(seen.begin());
    }
    std::size_t first = least;
    while (first + 1 < subject.writes.size() &&
           subject.writes[first + 1].end_ns < reading.begin_ns) {
      ++first;
    }
    std::size_t last = first;
    while (last + 1 < subject.writes.size() &&
           subject.writes[last + 1].begin_ns <= reading.end_ns) {
      ++last;
    }
    least = first;
    std::size_t at = first;
    while (at <= last && (subject.writes[at].states & reading.states) == 0) ++at;
    if (at > last) {
      violations.push_back({reading, first, last});
    } else {
      seen.emplace(reading.end_ns, at);
    }
  }
}

}  // namespace

std::vector<Violation> check_history(std::span<const Call> calls, std::uint8_t first_state) {
  std::map<std::uint32_t, Subject> subjects;
  for (const Call& call : calls) {
    Subject& subject = subjects[call.subject];
    if (subject.writes.empty()) subject.writes.push_back({0, 0, call.subject, 1, first_state});
    (call.is_write != 0 ? subject.writes : subject.readings).push_back(call);
  }
  std::vector<Violation> violations;
  for (auto& [number, subject] : subjects) check(subject, violations);
  return violations;
}

}  // namespace morgiana::test
