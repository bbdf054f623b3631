#include <memory>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

void run(const Place& place) {
  Gallery gallery = open(place);
  gallery.compact();
  print("compacted; " + counted(gallery.stats().num_pending_erasures, "erasure") + " pending\n");
}

}  // namespace

void add_compact(CLI::App& app, int& status) {
  const auto place = std::make_shared<Place>();
  CLI::App& verb =
      *app.add_subcommand("compact", "Finish pending erasures where no reader is left");
  add_place(verb, *place);
  explain(verb, "");
  verb.callback([place, &status] {
    run(*place);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
