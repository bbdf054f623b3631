#include "embeddings.hpp"

#include "morgiana/error.hpp"

namespace morgiana::cli {

std::vector<Template> templates(const std::string& path, const Matrix& matrix, const ModelId& model,
                                std::size_t first, std::size_t count) {
  std::vector<Template> all;
  all.reserve(count);
  for (std::size_t row = first; row < first + count; ++row) {
    try {
      all.emplace_back(model, matrix.row(row));
    } catch (const Error& error) {
      throw Error(error.code(), path + " row " + std::to_string(row) + ": " + error.what());
    }
  }
  return all;
}

}  // namespace morgiana::cli
