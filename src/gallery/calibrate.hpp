#pragma once

#include "gallery/parts.hpp"
#include "morgiana/gallery_calibration.hpp"

namespace morgiana {

/// Errors: as Gallery::calibrate.
GalleryCalibration calibrate(Parts& parts, const CalibrateOptions& options);

}  // namespace morgiana
