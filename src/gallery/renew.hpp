#pragma once

#include "gallery/parts.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

Renewal renew(Parts& parts, const RenewOptions& options);

}  // namespace morgiana
