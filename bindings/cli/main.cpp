#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "morgiana/error.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

int fail(std::string_view code, const char* message, const char* remedy = "") {
  std::cerr << "morgiana: " << code << ": " << message << remedy << '\n';
  return kFailed;
}

/// The verb for what no message of the library can name.
const char* remedy(Errc code) {
  switch (code) {
    case Errc::rolled_back:
      return "; put the newest files in its place. Where they are lost, morgiana restore makes a "
             "gallery of these without whom that one has revoked since";
    case Errc::anchor_failed:
      return "; where it is lost for good and the gallery is known to be the newest, morgiana "
             "set-anchor begins another";
    default: return "";
  }
}

/// What is wrong with the line, and of which verb; where none was understood, the verbs there are.
std::string explained(const CLI::App* app, const CLI::Error& error) {
  if (!app->get_subcommands().empty()) {
    const CLI::App& verb = *app->get_subcommands().front();
    std::string text = verb.get_name() + ": " + error.what();
    const bool is_incomplete = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const char* before = "; not understood: ";
    for (const std::string& word : is_incomplete ? verb.remaining() : std::vector<std::string>{}) {
      text += before + word;
      before = " ";
    }
    return text + "\nRun morgiana " + verb.get_name() + " --help for more.\n";
  }
  const std::vector<std::string> words = app->remaining();
  std::string text = words.empty() ? "A verb is required" : "'" + words.front() + "' is no verb";
  const char* before = "; the verbs are ";
  for (const CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; })) {
    text += before + verb->get_name();
    before = ", ";
  }
  return text + "\nRun morgiana --help for more.\n";
}

int run(int argc, char** argv) {
  CLI::App app("Match face embeddings against a sealed gallery", "morgiana");
  app.set_version_flag("--version", "morgiana " MORGIANA_VERSION);
  app.require_subcommand(1);
  app.failure_message(&explained);
  app.footer(
      "Exit codes: 0 success; 1 identify did not grant every probe or migrate every pass,\n"
      "verify refused, check found a problem, or rotate-keys could not destroy the old key yet;\n"
      "2 the command line is wrong; 3 the library refused, \"morgiana: <code>: <message>\" on\n"
      "standard error.");
  int status = kSuccess;
  for (const auto add : {&add_create, &add_enrol, &add_update, &add_identify, &add_verify,
                         &add_remove, &add_list, &add_info, &add_check, &add_backup, &add_restore,
                         &add_compact, &add_change_key, &add_rotate_keys, &add_purge, &add_renew,
                         &add_erasure_receipt, &add_set_anchor, &add_migrate}) {
    add(app, status);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == kSuccess ? kSuccess : kUsage;
  }
  return status;
}

}  // namespace
}  // namespace morgiana::cli

int main(int argc, char** argv) {
  try {
    return morgiana::cli::run(argc, argv);
  } catch (const morgiana::Error& error) {
    return morgiana::cli::fail(name(error.code()), error.what(),
                               morgiana::cli::remedy(error.code()));
  } catch (const std::exception& error) {
    return morgiana::cli::fail("internal", error.what());
  }
}
