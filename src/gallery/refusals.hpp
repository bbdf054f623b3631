#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "morgiana/refusal_budget.hpp"
#include "store/refusal_ledger.hpp"

namespace morgiana {

/// Who is withheld from one caller, and as of which state of the budgets.
struct Withheld {
  std::vector<std::uint64_t> subject_keys;  // ascending
  /// Of these, whose budget with this caller is spent twice: no answer may depend on them.
  /// Ascending.
  std::vector<std::uint64_t> silent;
  std::uint64_t version = 0;
};

/// Refusals of today, counted durably against a budget. Threads: from many at once.
/// Errors: storage_full; storage_failed; locked.
class Refusals {
 public:
  Refusals(std::string path, const Uuid& gallery, const RefusalBudget& budget)
      : budget_(budget), ledger_(std::move(path), gallery) {}

  const RefusalBudget& budget() const noexcept { return budget_; }

  Withheld withheld_from(const std::string& caller);

  /// Counts who was refused by each of several answers, in their order, up to the first that spends
  /// a budget, and says how many may be given: the answers after it speak of somebody who is
  /// withheld by now. None where a budget was spent since `as_of`.
  std::size_t count(const std::string& caller,
                    std::span<const std::vector<std::uint64_t>> refused_by_answer,
                    std::uint64_t as_of);

  struct Totals {
    std::uint64_t num_refusals = 0;
    std::uint64_t num_withheld = 0;  // subjects, from one caller at least
  };
  /// Of those who are enrolled: an update, a renewal and a removal leave counts behind.
  Totals today(const std::function<bool(std::uint64_t subject_key)>& is_enrolled);

 private:
  struct Caller {
    std::unordered_map<std::uint64_t, std::uint64_t> counts;
    std::set<std::uint64_t> spent;
    std::set<std::uint64_t> spent_twice;
  };

  void catch_up();
  void begin_day(std::int64_t day);
  void take_over(const store::RefusalCount& count);
  std::vector<store::RefusalCount> counted(const std::string& caller,
                                           std::span<const std::vector<std::uint64_t>> refused,
                                           std::size_t& num_answers) const;

  const RefusalBudget budget_;
  std::mutex write_mutex_;  // taken before the other
  std::mutex mutex_;        // guards all below, and the ledger's reader
  store::RefusalLedger ledger_;
  std::int64_t day_ = 0;
  std::uint64_t version_ = 0;  // another after each budget that is spent
  std::map<std::string, Caller> callers_;
  std::unordered_map<std::uint64_t, std::uint64_t> totals_;  // of a subject, over all callers
  std::set<std::uint64_t> spent_;                            // of all callers
};

}  // namespace morgiana
