#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  bool json = false;
};

std::string lines(const Stats& stats, const std::string& receipt_key) {
  std::ostringstream out;
  out << "model              " << stats.model.name << '\n'
      << "gallery            " << stats.id << '\n'
      << "dimensions         " << stats.model.dim << '\n'
      << "subjects           " << stats.num_subjects << '\n'
      << "references         " << stats.num_references << '\n'
      << "pending erasures   " << stats.num_pending_erasures << '\n'
      << "refusals today     " << stats.num_refusals_today << '\n'
      << "withheld today     " << stats.num_withheld << '\n'
      << "wrapping keys      " << stats.num_wrapping_keys
      << (stats.num_wrapping_keys > 1 ? ", as a rotation or renewal was cut off: run it again\n"
                                      : "\n")
      << "bytes in memory    " << stats.index_bytes << '\n'
      << "bytes on disk      " << stats.file_bytes << '\n'
      << "instruction tier   " << stats.tier << '\n'
      << "receipt key        " << receipt_key << '\n';
  return out.str();
}

std::string json(const Stats& stats, const std::string& receipt_key) {
  return nlohmann::json{{"model", {{"name", stats.model.name}, {"dim", stats.model.dim}}},
                        {"gallery", stats.id},
                        {"num_subjects", stats.num_subjects},
                        {"num_references", stats.num_references},
                        {"num_pending_erasures", stats.num_pending_erasures},
                        {"num_refusals_today", stats.num_refusals_today},
                        {"num_withheld", stats.num_withheld},
                        {"num_wrapping_keys", stats.num_wrapping_keys},
                        {"index_bytes", stats.index_bytes},
                        {"file_bytes", stats.file_bytes},
                        {"tier", stats.tier},
                        {"receipt_key", nlohmann::json::parse(receipt_key)}}
             .dump(2) +
         "\n";
}

}  // namespace

void add_info(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("info", "Say what a gallery holds");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  verb.add_flag("--json", options->json, "Answer in JSON");
  explain(verb, "");
  verb.callback([options, &status] {
    const Gallery gallery = open(options->place);
    const Stats stats = gallery.stats();
    const std::string key = gallery.receipt_key();
    print(options->json ? json(stats, key) : lines(stats, key));
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
