// The index of codes and the roofs of the machine, as Python sees them: what peers are compared
// with in one process. Rows are numbered in the order in which they were added.

#include <array>
#include <cstdint>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "index/code_index.hpp"
#include "index/query.hpp"
#include "index/rotation.hpp"
#include "index/search.hpp"
#include "kernels/dispatch.hpp"
#include "roof.hpp"
#include "types/reference_key.hpp"

namespace py = pybind11;

namespace morgiana::bench {
namespace {

using Rows = py::array_t<float, py::array::c_style>;

/// What reads or multiplies, on threads side by side. What one throws is thrown when all are done.
template <class Work>
void on_threads(std::size_t num_threads, Work work) {
  std::vector<std::future<void>> done;
  for (std::size_t i = 0; i < num_threads; ++i) {
    done.push_back(std::async(std::launch::async, [&work, i] { work(i); }));
  }
  for (std::future<void>& one : done) one.wait();
  for (std::future<void>& one : done) one.get();
}

/// Codes of unit vectors, without the vectors.
class Index {
 public:
  Index(std::uint32_t dim, bool has_residual)
      : dim_(dim),
        rotation_(dim, std::array<std::uint8_t, 32>{}),
        index_({.dim = dim, .has_residual = has_residual}) {}

  void add(const Rows& rows) {
    check(rows);
    const float* values = rows.data();
    const auto count = static_cast<std::size_t>(rows.shape(0));
    const py::gil_scoped_release released;
    index::Draft draft = index_.draft();
    index::Code code(dim_);
    std::vector<float> rotated(dim_);
    for (std::size_t i = 0; i < count; ++i) {
      const std::span row(values + i * dim_, dim_);
      rotation_.apply(row, rotated);
      index::encode(rotated, code);
      draft.append({reference_key(num_references_++, 0), ~std::uint64_t{0}, code, row});
    }
    index_.publish(std::move(draft));
  }

  /// The rows that a scan leaves for each probe. Of the first `num_references`, in whole blocks.
  std::vector<std::vector<std::uint64_t>> search(const Rows& probes, float threshold, double miss,
                                                 unsigned num_threads, const std::string& tier,
                                                 std::optional<std::uint64_t> num_references) {
    check(probes);
    const py::gil_scoped_release released;
    const auto view = index_.view();
    const std::uint64_t wanted = num_references.value_or(num_references_);
    const std::size_t num_blocks = (wanted + kernels::kBlockRows - 1) / kernels::kBlockRows;
    if (num_blocks > view->num_blocks()) throw std::invalid_argument("more than there are");
    std::vector<index::Query> queries;
    for (py::ssize_t i = 0; i < probes.shape(0); ++i) {
      const std::span row(probes.data() + i * static_cast<py::ssize_t>(dim_), dim_);
      queries.push_back(index::make_query(rotation_, row, threshold, miss));
    }
    const parallel::Deadline none(std::nullopt);
    const index::ScanOptions how{tier.empty() ? kernels::chosen() : kernels::named(tier),
                                 ~std::uint64_t{0}, none};
    std::vector<std::vector<std::uint64_t>> found;
    for (const index::Scanned& scanned :
         index::search(*view, queries, {0, num_blocks}, how,
                       Execution{.executor = {}, .max_threads = num_threads})) {
      std::vector<std::uint64_t>& rows = found.emplace_back();
      for (const auto& survivor : scanned.survivors) rows.push_back(subject_key_of(survivor.key));
    }
    return found;
  }

  std::uint64_t bytes() const { return index_.view()->bytes(); }

 private:
  void check(const Rows& rows) const {
    if (rows.ndim() != 2 || rows.shape(1) != static_cast<py::ssize_t>(dim_)) {
      throw std::invalid_argument("rows are not [n, " + std::to_string(dim_) + "]");
    }
  }

  std::uint32_t dim_;
  index::Rotation rotation_;
  index::CodeIndex index_;
  std::uint64_t num_references_ = 0;
};

void read_all(const Ones& memory, std::size_t num_threads) {
  const std::size_t part = memory.words().size() / num_threads;
  on_threads(num_threads, [&](std::size_t i) {
    if (sum(memory.words().subspan(i * part, part)) != part) {
      throw std::logic_error("the sum of what was read is wrong");
    }
  });
}

std::vector<std::string> tiers() {
  std::vector<std::string> names;
  for (const kernels::KernelTable* tier : kernels::available()) names.emplace_back(tier->name);
  return names;
}

}  // namespace
}  // namespace morgiana::bench

PYBIND11_MODULE(morgiana_bench, module) {
  using namespace morgiana::bench;
  py::class_<Index>(module, "Index")
      .def(py::init<std::uint32_t, bool>(), py::arg("dim"), py::kw_only(),
           py::arg("residual") = true)
      .def("add", &Index::add, py::arg("rows").noconvert())
      .def("search", &Index::search, py::arg("probes").noconvert(), py::kw_only(),
           py::arg("threshold"), py::arg("miss") = 0.0, py::arg("threads") = 1U,
           py::arg("tier") = "", py::arg("num_references") = py::none())
      .def_property_readonly("bytes", &Index::bytes);
  py::class_<Ones>(module, "Memory")
      .def(py::init<std::size_t>(), py::arg("num_bytes"))
      .def("read", &read_all, py::arg("threads"), py::call_guard<py::gil_scoped_release>());
  py::class_<Multiplier>(module, "Multiplier")
      .def_readonly("tier", &Multiplier::tier)
      .def_readonly("products_per_round", &Multiplier::products_per_round)
      .def(
          "multiply",
          [](const Multiplier& unit, std::size_t num_rounds, std::size_t num_threads) {
            on_threads(num_threads, [&](std::size_t) { unit.multiply(num_rounds); });
          },
          py::arg("rounds"), py::arg("threads"), py::call_guard<py::gil_scoped_release>());
  module.def("multipliers", &multipliers);
  module.def("tiers", &tiers);
  module.def("chosen_tier", [] { return std::string(morgiana::kernels::chosen().name); });
}
