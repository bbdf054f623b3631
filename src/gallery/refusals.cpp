#include "gallery/refusals.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "gallery/clock.hpp"

namespace morgiana {
namespace {

constexpr std::int64_t kSecondsOfADay = 86'400;

template <class Map, class Key>
std::uint64_t found_in(const Map& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

/// Whether the count is one at which somebody is withheld from the caller, or becomes silent.
bool spends(std::uint64_t count, std::uint64_t budget) {
  return count == budget || count == 2 * budget;
}

}  // namespace

/// The first call of a day forgets the one before; a clock that is set back forgets nothing.
void Refusals::begin_day(std::int64_t day) {
  if (day == day_) return;
  const bool is_set_back = day < day_;
  day_ = day;
  if (is_set_back) return;
  ++version_;
  callers_.clear();
  totals_.clear();
  spent_.clear();
}

void Refusals::catch_up() {
  begin_day(now_s() / kSecondsOfADay);
  for (const store::RefusalCount& count : ledger_.read_new(day_)) take_over(count);
}

void Refusals::take_over(const store::RefusalCount& count) {
  Caller& caller = callers_[count.caller];
  std::uint64_t& known = caller.counts[count.subject_key];
  std::uint64_t& total = totals_[count.subject_key];
  total += count.count - known;
  known = count.count;
  const auto is_new = [&](bool is_spent, std::set<std::uint64_t>& spent) {
    return is_spent && spent.insert(count.subject_key).second;
  };
  const bool spends_one = is_new(known >= budget_.per_caller, caller.spent);
  const bool spends_two =
      is_new(known >= 2 * std::uint64_t{budget_.per_caller}, caller.spent_twice);
  const bool spends_all = is_new(total >= budget_.per_subject, spent_);
  if (spends_one || spends_two || spends_all) ++version_;
}

Withheld Refusals::withheld_from(const std::string& caller) {
  const std::lock_guard lock(mutex_);
  catch_up();
  Withheld withheld{{spent_.begin(), spent_.end()}, {}, version_};
  const auto found = callers_.find(caller);
  if (found == callers_.end()) return withheld;
  const Caller& known = found->second;
  withheld.silent.assign(known.spent_twice.begin(), known.spent_twice.end());
  std::vector<std::uint64_t> both;
  std::set_union(spent_.begin(), spent_.end(), known.spent.begin(), known.spent.end(),
                 std::back_inserter(both));
  withheld.subject_keys = std::move(both);
  return withheld;
}

std::size_t Refusals::count(const std::string& caller,
                            std::span<const std::vector<std::uint64_t>> refused_by_answer,
                            std::uint64_t as_of) {
  const bool refuses_nobody =
      std::all_of(refused_by_answer.begin(), refused_by_answer.end(),
                  [](const std::vector<std::uint64_t>& refused) { return refused.empty(); });
  if (refuses_nobody) {
    const std::lock_guard lock(mutex_);
    return version_ == as_of ? refused_by_answer.size() : 0;
  }
  const std::lock_guard turn(write_mutex_);
  std::size_t num_answers = 0;
  std::vector<store::RefusalCount> counts;
  std::int64_t day = 0;
  {
    const std::lock_guard lock(mutex_);
    day = day_;
  }
  ledger_.write(day, [&] {
    const std::lock_guard lock(mutex_);
    catch_up();
    if (version_ == as_of) counts = counted(caller, refused_by_answer, num_answers);
    return counts;
  });
  const std::lock_guard lock(mutex_);
  catch_up();  // by the ledger, in whose order another process may have counted since
  return num_answers;
}

std::vector<store::RefusalCount> Refusals::counted(
    const std::string& caller, std::span<const std::vector<std::uint64_t>> refused,
    std::size_t& num_answers) const {
  const auto known = callers_.find(caller);
  std::map<std::uint64_t, std::uint64_t> added;
  const auto spends_a_budget = [&](std::uint64_t subject_key) {
    const std::uint64_t more = ++added[subject_key];
    const std::uint64_t own =
        known == callers_.end() ? 0 : found_in(known->second.counts, subject_key);
    return spends(own + more, budget_.per_caller) ||
           found_in(totals_, subject_key) + more == budget_.per_subject;
  };
  num_answers = 0;
  for (bool is_spent = false; num_answers < refused.size() && !is_spent; ++num_answers) {
    for (const std::uint64_t subject_key : refused[num_answers]) {
      is_spent |= spends_a_budget(subject_key);
    }
  }
  std::vector<store::RefusalCount> counts;
  for (const auto& [subject_key, more] : added) {
    const std::uint64_t own =
        known == callers_.end() ? 0 : found_in(known->second.counts, subject_key);
    counts.push_back({caller, subject_key, own + more});
  }
  return counts;
}

Refusals::Totals Refusals::today(
    const std::function<bool(std::uint64_t subject_key)>& is_enrolled) {
  const std::lock_guard lock(mutex_);
  catch_up();
  Totals totals;
  std::set<std::uint64_t> withheld = spent_;
  for (const auto& [name, caller] : callers_) {
    withheld.insert(caller.spent.begin(), caller.spent.end());
  }
  for (const auto& [subject_key, count] : totals_) totals.num_refusals += count;
  totals.num_withheld =
      static_cast<std::uint64_t>(std::count_if(withheld.begin(), withheld.end(), is_enrolled));
  return totals;
}

}  // namespace morgiana
