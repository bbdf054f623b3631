#include "morgiana/receipt_log.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "paths.hpp"
#include "sealed_class.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

ReceiptLog create(const py::bytes& path, const ReceiptSigner& signer,
                  std::uint64_t checkpoint_every) {
  const std::string file = path_of(path);
  const py::gil_scoped_release unlocked;
  return ReceiptLog::create(file, signer, {checkpoint_every});
}

ReceiptLog open(const py::bytes& path, const ReceiptSigner& signer,
                std::uint64_t checkpoint_every) {
  const std::string file = path_of(path);
  const py::gil_scoped_release unlocked;
  return ReceiptLog::open(file, signer, {checkpoint_every});
}

std::string sign(ReceiptLog& self, const Decision& decision, const ReceiptRequest& request) {
  const py::gil_scoped_release unlocked;
  return self.sign(decision, request);
}

std::string checkpoint(ReceiptLog& self) {
  const py::gil_scoped_release unlocked;
  return self.checkpoint();
}

std::uint64_t num_receipts(const ReceiptLog& self) {
  const py::gil_scoped_release unlocked;
  return self.num_receipts();
}

AuditReport report_on(const std::string& path, const AuditOptions& options) {
  const py::gil_scoped_release unlocked;
  return audit(path, options);
}

py::dict audited(const py::bytes& path, std::vector<std::string> keys,
                 std::optional<std::string> checkpoint, std::uint64_t least_receipts) {
  const AuditReport report =
      report_on(path_of(path), {std::move(keys), std::move(checkpoint), least_receipts});
  py::dict fields;
  fields["log"] = report.log;
  fields["issuer"] = report.issuer;
  fields["num_receipts"] = report.num_receipts;
  fields["num_checkpoints"] = report.num_checkpoints;
  fields["num_unsealed"] = report.num_unsealed;
  fields["first_wrong"] = py::none();
  if (report.first_wrong) {
    fields["first_wrong"] =
        py::make_tuple(report.first_wrong->line, text_of(report.first_wrong->why));
  }
  return fields;
}

}  // namespace

void bind_receipt_log(py::module_& module) {
  sealed_class<ReceiptLog>(module, "ReceiptLog")
      .def_static("create", &create, py::arg("path"), py::arg("signer"),
                  py::arg("checkpoint_every"))
      .def_static("open", &open, py::arg("path"), py::arg("signer"), py::arg("checkpoint_every"))
      .def("sign", &sign, py::arg("decision"), py::arg("request"))
      .def("checkpoint", &checkpoint)
      .def("num_receipts", &num_receipts)
      .def("close", &ReceiptLog::close, py::call_guard<py::gil_scoped_release>());
  module.def("audit", &audited, py::arg("path"), py::arg("keys"), py::arg("checkpoint"),
             py::arg("least_receipts"));
}

}  // namespace morgiana::python
