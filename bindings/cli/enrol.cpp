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
  {
    const Progress progress("enrolling " + counted(enrolments));
    enrolments.gallery.enrol(enrolments.subjects, shown("enrolled", options, progress));
  }
  print("enrolled " + counted(enrolments) + "\n");
}

}  // namespace

void add_enrol(CLI::App& app, int& status) {
  const auto options = std::make_shared<EnrolmentOptions>();
  CLI::App& verb = *app.add_subcommand("enrol", "Enrol new subjects, all or none");
  add_enrolment(verb, *options);
  explain(verb, "");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
