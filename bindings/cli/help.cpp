#include "help.hpp"

#include <sstream>

namespace morgiana::cli {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kNameColumns = 30;

class Help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const bool is_verb = app->get_parent() != nullptr && mode == CLI::AppFormatMode::Normal;
    if (!is_verb) return CLI::Formatter::make_help(app, name, mode);
    return make_description(app) + make_usage(app, name) + make_positionals(app) +
           make_groups(app, mode) + option_groups(*app, true) + '\n' + make_footer(app) +
           option_groups(*app, false);
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), kColumns - kNameColumns);
  }

 private:
  /// CLI11 calls them subcommands without a name.
  std::string option_groups(const CLI::App& verb, bool are_required) const {
    std::string text;
    for (const CLI::App* group : verb.get_subcommands([](const CLI::App*) { return true; })) {
      if ((group->get_require_option_min() > 0) != are_required) continue;
      text += make_group(heading(*group), false, group->get_options([group](const CLI::Option* o) {
        return o != group->get_help_ptr();
      }));
    }
    return text;
  }

  static std::string heading(const CLI::App& group) {
    if (group.get_require_option_max() != 1) return group.get_group();
    return group.get_group() +
           (group.get_require_option_min() == 1 ? " (exactly one of these)" : " (one of these)");
  }
};

}  // namespace

std::string wrapped(const std::string& text, std::size_t num_columns) {
  std::istringstream words(text);
  std::string lines;
  std::size_t num_used = 0;
  for (std::string word; words >> word; num_used += word.size()) {
    const bool fits = num_used + 1 + word.size() <= num_columns;
    if (!lines.empty()) lines += fits ? ' ' : '\n';
    num_used = !lines.empty() && fits ? num_used + 1 : 0;
    lines += word;
  }
  return lines;
}

void explain(CLI::App& verb, const std::string& notes, const std::string& one) {
  const std::string codes = "Exit codes: 0 success; " + (one.empty() ? "" : "1 " + one + "; ") +
                            "2 the command line is wrong; 3 the library refused, \"morgiana: "
                            "<code>: <message>\" on standard error.";
  verb.footer((notes.empty() ? "" : wrapped(notes, kColumns) + "\n") + wrapped(codes, kColumns));
}

std::shared_ptr<CLI::Formatter> help_formatter() {
  return std::make_shared<Help>();
}

}  // namespace morgiana::cli
