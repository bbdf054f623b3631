#pragma once

#include "morgiana/gallery.hpp"

namespace morgiana::python {

/// A gallery and what its arrays are checked against. Every call of the gallery releases the GIL,
/// as calls wait for each other and for the disk.
struct OpenGallery {
  Gallery gallery;
  ModelId model;
  std::string id;
};

}  // namespace morgiana::python
