#include "morgiana/receipt.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "morgiana/nonce_store.hpp"
#include "open_gallery.hpp"
#include "paths.hpp"
#include "sealed_class.hpp"
#include "subject_ids.hpp"

namespace py = pybind11;

namespace morgiana::python {
namespace {

using MinorUnits = std::pair<std::int64_t, std::string>;

/// Errors: invalid_argument.
template <class Value>
Value named(const std::string& text, Value first) {
  for (int i = static_cast<int>(first); name(static_cast<Value>(i)) != "unnamed"; ++i) {
    if (name(static_cast<Value>(i)) == text) return static_cast<Value>(i);
  }
  throw Error(Errc::invalid_argument, "a decision has no such outcome or reason");
}

/// `resolved`: the threshold of the policy's risk, and its FMR.
Decision decision(const std::string& outcome, const std::string& reason, const py::object& subject,
                  const Policy& policy,
                  const std::optional<std::pair<float, std::optional<double>>>& resolved) {
  Decision made{named(outcome, Outcome{}), named(reason, Reason{1}), std::nullopt, policy};
  if (resolved) {
    Threshold accept{{resolved->first}};
    if (resolved->second) accept.stands_for = Fmr{*resolved->second};
    made.resolved = ResolvedRisk{accept, {}, {}};
  }
  if (!subject.is_none()) made.subject = subject_id(subject, "subject");
  return made;
}

std::optional<Amount> amount_of(std::optional<MinorUnits> given) {
  if (!given) return std::nullopt;
  return Amount{given->first, std::move(given->second)};
}

ReceiptRequest request(std::string relying_party, std::string nonce,
                       std::optional<MinorUnits> amount, std::string calibration,
                       std::string policy_sha256) {
  return {.relying_party = std::move(relying_party),
          .nonce = std::move(nonce),
          .amount = amount_of(std::move(amount)),
          .calibration = std::move(calibration),
          .policy_sha256 = std::move(policy_sha256)};
}

ReceiptSigner signer(const OpenGallery& gallery, std::string issuer, std::string terminal,
                     std::int64_t lifetime_s) {
  const py::gil_scoped_release unlocked;
  return {gallery.gallery,
          {.issuer = std::move(issuer), .terminal = std::move(terminal), .lifetime_s = lifetime_s}};
}

std::string sign(const ReceiptSigner& self, const Decision& given, const ReceiptRequest& asked) {
  const py::gil_scoped_release unlocked;
  return self.sign(given, asked);
}

ReceiptVerifier verifier(const std::vector<std::pair<std::string, std::string>>& keys,
                         std::string relying_party, std::int64_t leeway_s) {
  ReceiptVerifierOptions options{
      .keys = {}, .relying_party = std::move(relying_party), .leeway_s = leeway_s};
  for (const auto& [issuer, jwk] : keys) options.keys.push_back({issuer, jwk});
  return ReceiptVerifier(options);
}

Receipt verify(const ReceiptVerifier& self, const std::string& jws,
               std::optional<std::string> nonce, std::optional<MinorUnits> amount) {
  const py::gil_scoped_release unlocked;
  return self.verify(jws, {.nonce = std::move(nonce), .amount = amount_of(std::move(amount))});
}

/// A text that a receipt does not hold is None.
py::object text_or_none(const std::string& text) {
  return text.empty() ? py::object(py::none()) : py::object(py::str(text));
}

void add_numbers(py::dict& fields, const ReceiptClaims& claims) {
  fields["issued_at_s"] = claims.issued_at_s;
  fields["not_before_s"] = claims.not_before_s;
  fields["expires_at_s"] = claims.expires_at_s;
  fields["head_sequence"] = claims.head_sequence;
  fields["sequence"] = claims.sequence;
  fields["threshold"] = py::none();
  fields["fmr"] = py::none();
  fields["fpir"] = py::none();
  if (claims.risk) fields["fpir"] = claims.risk->rate;
  if (claims.threshold) fields["threshold"] = claims.threshold->at_least.cosine;
  if (claims.threshold && claims.threshold->stands_for) {
    fields["fmr"] = claims.threshold->stands_for->rate;
  }
  fields["amount"] = py::none();
  if (claims.amount) {
    fields["amount"] = py::make_tuple(claims.amount->minor_units, claims.amount->currency);
  }
}

py::dict claims_of(const Receipt& self) {
  const ReceiptClaims& claims = self.claims();
  py::dict fields;
  fields["id"] = claims.id;
  fields["issuer"] = claims.issuer;
  fields["relying_party"] = claims.relying_party;
  fields["terminal"] = claims.terminal;
  fields["outcome"] = name(claims.outcome);
  fields["reason"] = name(claims.reason);
  fields["subject"] = text_or_none(claims.subject);
  fields["gallery"] = claims.gallery;
  fields["model"] = claims.model;
  fields["tier"] = claims.tier;
  fields["head_sha256"] = claims.head_sha256;
  fields["calibration"] = text_or_none(claims.calibration);
  fields["policy_sha256"] = text_or_none(claims.policy_sha256);
  fields["nonce"] = text_or_none(claims.nonce);
  fields["previous_sha256"] = text_or_none(claims.previous_sha256);
  add_numbers(fields, claims);
  return fields;
}

NonceStore create_nonces(const py::bytes& path) {
  const std::string file = path_of(path);
  const py::gil_scoped_release unlocked;
  return NonceStore::create(file);
}

NonceStore open_nonces(const py::bytes& path) {
  const std::string file = path_of(path);
  const py::gil_scoped_release unlocked;
  return NonceStore::open(file);
}

void use(NonceStore& self, const Receipt& receipt) {
  const py::gil_scoped_release unlocked;
  self.use(receipt);
}

}  // namespace

void bind_receipt(py::module_& module) {
  sealed_class<Decision>(module, "Decision");
  sealed_class<ReceiptRequest>(module, "ReceiptRequest");
  module.def("decision", &decision, py::arg("outcome"), py::arg("reason"), py::arg("subject"),
             py::arg("policy"), py::arg("resolved"));
  module.def("receipt_request", &request, py::arg("relying_party"), py::arg("nonce"),
             py::arg("amount"), py::arg("calibration"), py::arg("policy_sha256"));
  sealed_class<ReceiptSigner>(module, "ReceiptSigner")
      .def_static("of", &signer, py::arg("gallery"), py::arg("issuer"), py::arg("terminal"),
                  py::arg("lifetime_s"))
      .def("sign", &sign, py::arg("decision"), py::arg("request"))
      .def("public_key", [](const ReceiptSigner& self) { return self.public_key(); })
      .def("key_id", [](const ReceiptSigner& self) { return self.key_id(); });
  sealed_class<Receipt>(module, "Receipt").def("claims", &claims_of);
  sealed_class<ReceiptVerifier>(module, "ReceiptVerifier")
      .def_static("of", &verifier, py::arg("keys"), py::arg("relying_party"), py::arg("leeway_s"))
      .def("verify", &verify, py::arg("jws"), py::arg("nonce"), py::arg("amount"));
  sealed_class<NonceStore>(module, "NonceStore")
      .def_static("create", &create_nonces, py::arg("path"))
      .def_static("open", &open_nonces, py::arg("path"))
      .def("use", &use, py::arg("receipt"));
}

}  // namespace morgiana::python
