#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "help.hpp"
#include "morgiana/error.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

int fail(std::string_view code, std::string_view message, std::string_view remedy = "") {
  std::cerr << "morgiana: " << code << ": " << message << remedy << '\n';
  return kFailed;
}

bool could_follow(const CLI::App& verb) {
  const CLI::Option* follow = verb.get_option_no_throw("--follow");
  return follow != nullptr && follow->count() == 0;
}

/// The verb or option for what no message of the library can name.
std::string_view remedy(Errc code, const CLI::App& verb) {
  switch (code) {
    case Errc::locked: return could_follow(verb) ? "; --follow reads beside that process" : "";
    case Errc::rolled_back:
      return "; put the newest files in its place. Where they are lost, morgiana restore makes a "
             "gallery of these without whom that one has revoked since";
    case Errc::anchor_failed:
      return "; where it is lost for good and the gallery is known to be the newest, morgiana "
             "set-anchor begins another";
    default: return "";
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// What is wrong with the line, and of which verb; where none was understood, the verbs there are.
std::string explained(const CLI::App* app, const CLI::Error& error) {
  if (!app->get_subcommands().empty()) {
    const CLI::App& verb = *app->get_subcommands().front();
    const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    const bool is_incomplete = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    std::vector<std::string> extras = app->remaining();
    for (const std::string& word : verb.remaining()) extras.push_back(word);
    std::string text = verb.get_name() + ": ";
    if (!has_extras) text += error.what();  // which lists them backwards
    if (is_incomplete && !extras.empty()) text += "; ";
    if ((is_incomplete && !extras.empty()) || has_extras) {
      text += "not understood: " + joined(extras);
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

void add_verbs(CLI::App& app, int& status) {
  for (const auto add :
       {&add_create,          &add_enrol,       &add_update,    &add_identify,
        &add_verify,          &add_remove,      &add_list,      &add_info,
        &add_check,           &add_backup,      &add_restore,   &add_compact,
        &add_change_key,      &add_rotate_keys, &add_purge,     &add_renew,
        &add_erasure_receipt, &add_set_anchor,  &add_migrate,   &add_signer_key,
        &add_audit,           &add_evaluate,    &add_calibrate, &add_calibrate_gallery,
        &add_calibrate_log}) {
    add(app, status);
  }
}

/// `help` and `help VERB` are `--help` and `VERB --help`. CLI11 takes the words from the end.
std::vector<std::string> line_of(int argc, char** argv, const CLI::App& app) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words.front() == "help" && words.size() <= 2) {
    words.erase(words.begin());
    const auto is_named = [&](const CLI::App* verb) { return verb->check_name(words.front()); };
    if (words.empty() || !app.get_subcommands(is_named).empty()) words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());
  return words;
}

int run(int argc, char** argv) {
  CLI::App app("Match face embeddings against a sealed gallery", "morgiana");
  app.formatter(help_formatter());
  app.set_version_flag("--version", "morgiana " MORGIANA_VERSION);
  app.require_subcommand(1);
  app.failure_message(&explained);
  int status = kSuccess;
  add_verbs(app, status);
  explain(app, "morgiana help VERB says more of a verb.",
          "identify did not grant every probe or migrate every pass, verify refused or withheld, "
          "check found a problem, rotate-keys could not destroy the old key yet, the erasure of a "
          "receipt is pending, or audit found a line that is wrong");
  try {
    app.parse(line_of(argc, argv, app));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == kSuccess ? kSuccess : kUsage;
  } catch (const Error& error) {
    return fail(name(error.code()), error.what(),
                remedy(error.code(), *app.get_subcommands().front()));
  }
  return status;
}

}  // namespace
}  // namespace morgiana::cli

int main(int argc, char** argv) {
  try {
    return morgiana::cli::run(argc, argv);
  } catch (const std::exception& error) {
    return morgiana::cli::fail("internal", error.what());
  }
}
