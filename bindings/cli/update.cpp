#include <memory>
#include <string>

#include "enrolment.hpp"
#include "help.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

void run(const EnrolmentOptions& options) {
  Enrolments enrolments = read_enrolments(options);
  Erasure erasure{};
  {
    const Progress progress("updating " + counted(enrolments));
    erasure = enrolments.gallery.update(enrolments.subjects, shown("updated", options, progress));
  }
  print("updated " + counted(enrolments) + "; their old sealed bytes are " + described(erasure) +
        "\n");
}

}  // namespace

void add_update(CLI::App& app, int& status) {
  const auto options = std::make_shared<EnrolmentOptions>();
  CLI::App& verb = *app.add_subcommand("update", "Replace the references of subjects, all or none");
  add_enrolment(verb, *options);
  explain(verb,
          "The old references are revoked at once, and the refusals of who is updated are counted "
          "anew.");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
