#include "gallery/model_check.hpp"

#include "index/model.hpp"
#include "morgiana/error.hpp"

namespace morgiana {

void check_model(const Parts& parts, const Template& given) {
  const ModelId& stored = parts.vault.gallery().model;
  if (given.model() == stored) return;
  throw Error(Errc::model_mismatch, "the template is of model " + index::describe(given.model()) +
                                        ", gallery " + parts.paths.database + " stores " +
                                        index::describe(stored));
}

}  // namespace morgiana
