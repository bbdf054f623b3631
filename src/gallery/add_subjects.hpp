#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gallery/change.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// A subject to add, and how often its id was enrolled or updated before.
struct Addition {
  const Enrolment* enrolment;
  std::uint64_t generation = 1;
  std::optional<std::int64_t> enrolled_at_s = {};  // now, where none is given
};

/// Errors: invalid_argument, duplicate_subject (listed twice), model_mismatch, limit_reached.
void check_enrolments(const Parts& parts, std::span<const Enrolment> enrolments);

/// Gives each a new number, key and slot, seals and encodes its references, and writes them:
/// records are written while the next are sealed.
/// Errors: duplicate_subject (enrolled already); limit_reached; deadline_exceeded;
/// executor_failed; what options.progress throws.
void add_subjects(Change& change, std::span<const Addition> subjects, const EnrolOptions& options);

}  // namespace morgiana
