#pragma once

#include <span>

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Errors: as Gallery::enrol.
void enrol(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options);

/// Errors: as Gallery::update.
Erasure update(Parts& parts, std::span<const Enrolment> enrolments, const EnrolOptions& options);

}  // namespace morgiana
