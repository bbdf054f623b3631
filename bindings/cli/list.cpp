#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

constexpr std::size_t kPage = 1000;

struct Options {
  Place place;
  bool json = false;
};

std::vector<std::string> all_ids(const Gallery& gallery) {
  const Progress progress("listing");
  std::vector<std::string> ids;
  for (std::vector<SubjectId> page = gallery.subjects(kPage); !page.empty();
       page = gallery.subjects(kPage, ids.back())) {
    for (const SubjectId& id : page) ids.push_back(id.str());
  }
  return ids;
}

/// A line each, as an id holds no control character.
std::string lines(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += id + '\n';
  return text;
}

}  // namespace

void add_list(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("list", "List who is enrolled, in ascending order of bytes");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  verb.add_flag("--json", options->json, "Answer in JSON");
  explain(verb, "");
  verb.callback([options, &status] {
    const std::vector<std::string> ids = all_ids(open(options->place));
    print(options->json ? nlohmann::json{{"subjects", ids}}.dump(2) + '\n' : lines(ids));
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
