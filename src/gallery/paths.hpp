#pragma once

#include <string>

namespace morgiana {

/// Where the parts of a gallery lie. Links are followed first, so that one gallery has one lock
/// whatever it is called.
/// Errors: invalid_argument (no path, or one with a zero byte); not_found (its folder).
struct GalleryPaths {
  explicit GalleryPaths(const std::string& path);

  std::string database;
  std::string keyset;
  std::string lock;
  std::string refusals;
};

}  // namespace morgiana
