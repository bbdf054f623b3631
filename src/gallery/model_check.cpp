#include "gallery/model_check.hpp"

#include <string>

#include "index/model.hpp"
#include "morgiana/error.hpp"

namespace morgiana {

namespace {

void check_model(const Parts& parts, const char* what, const ModelId& given) {
  const ModelId& stored = parts.vault.gallery().model;
  if (given == stored) return;
  throw Error(Errc::model_mismatch,
              std::string("the ") + what + " is of model " + index::describe(given) + ", gallery " +
                  parts.paths.database + " stores " + index::describe(stored));
}

}  // namespace

void check_model(const Parts& parts, const Template& given) {
  check_model(parts, "template", given.model());
}

void check_model(const Parts& parts, const Calibration* given) {
  if (given != nullptr) check_model(parts, "calibration", given->model());
}

}  // namespace morgiana
