#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "morgiana/amount.hpp"
#include "morgiana/subject_id.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// Which way somebody goes through a gate. Values are appended, never renumbered.
enum class Direction { none, in, out };

constexpr std::string_view name(Direction direction) noexcept {
  switch (direction) {
    case Direction::none: return "none";
    case Direction::in: return "in";
    case Direction::out: return "out";
  }
  return "unnamed";
}

/// A passage that was granted.
struct Passage {
  std::int64_t at_s;  // Unix time
  std::string area;
  Direction direction = Direction::none;
};

/// What the caller knows of whom the decision would grant: subject_in_question names them.
struct SubjectFacts {
  SubjectId subject;
  Cohorts cohorts = {0};  // EnrolledSubject::cohorts; 0 where they were not looked up
  /// The last one through Context::area; none where it was not looked up, or there never was one.
  std::optional<Passage> last_passage = std::nullopt;
  bool never_passed = false;  // looked up, and there was none
  /// Since local midnight, without this amount, in its currency; none where it was not looked up.
  std::optional<Amount> spent_today = std::nullopt;
};

/// The facts of one moment: a decision asks no clock and no ledger. What a rule needs and is not
/// there is not_determined. Times are Unix times, all of them cut to whole seconds.
struct Context {
  std::int64_t now_s = 0;         // of the decision; 1 to the year 9999
  std::int32_t utc_offset_s = 0;  // of local time at now_s, east positive; 14 h at most
  std::string area = {};          // which gates, clock or till
  Direction direction = Direction::none;
  std::optional<Amount> amount = std::nullopt;
  std::optional<std::uint32_t> attempt = std::nullopt;       // of this transaction, the first is 1
  std::optional<std::int64_t> begun_at_s = std::nullopt;     // this transaction
  std::optional<std::int64_t> captured_at_s = std::nullopt;  // the photograph that was compared
  bool has_second_factor = false;  // given in this transaction, by whom is in question
  std::optional<SubjectFacts> facts = std::nullopt;
};

/// How much later than now a time may be: a leap second, and one for what was cut.
inline constexpr std::int64_t kClockToleranceS = 2;

namespace detail {

/// Later ones than the year 9999 are no times; none of these overflows where it is subtracted.
constexpr bool is_time(std::int64_t time_s) noexcept {
  return time_s >= 1 && time_s <= 253'402'300'799;
}

constexpr bool is_valid(Direction direction) noexcept {
  return direction == Direction::none || direction == Direction::in || direction == Direction::out;
}

inline bool is_valid(const SubjectFacts& facts) {
  const auto& last = facts.last_passage;
  return (!last || (!facts.never_passed && is_time(last->at_s) && is_valid(last->direction))) &&
         (!facts.spent_today || is_valid(*facts.spent_today));
}

/// Every field that is there is in its range.
inline bool is_valid(const Context& context) {
  constexpr std::int32_t kMaxUtcOffsetS = 14 * 3600;
  return is_time(context.now_s) && context.utc_offset_s >= -kMaxUtcOffsetS &&
         context.utc_offset_s <= kMaxUtcOffsetS && is_valid(context.direction) &&
         (!context.amount || is_valid(*context.amount)) && context.attempt != 0U &&
         (!context.begun_at_s || is_time(*context.begun_at_s)) &&
         (!context.captured_at_s || is_time(*context.captured_at_s)) &&
         (!context.facts || is_valid(*context.facts));
}

/// Something has happened later than now: this clock was set back, or another is ahead of it.
inline bool is_set_back(const Context& context) {
  const auto is_ahead = [&](std::optional<std::int64_t> time_s) {
    return time_s && *time_s - context.now_s > kClockToleranceS;
  };
  const bool has_passed = context.facts && context.facts->last_passage;
  return is_ahead(context.begun_at_s) || is_ahead(context.captured_at_s) ||
         (has_passed && is_ahead(context.facts->last_passage->at_s));
}

}  // namespace detail
}  // namespace morgiana
