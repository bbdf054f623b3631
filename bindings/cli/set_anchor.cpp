#include <memory>
#include <optional>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

/// Opened without it, as it holds nothing yet.
void run(Place place) {
  const std::optional<Anchor> anchor = anchor_of(place.anchor);
  if (!anchor) {
    throw Error(Errc::invalid_argument, "an anchor is named by --anchor or --anchor-token");
  }
  place.anchor = {};
  Gallery gallery = open(place);
  gallery.set_anchor(*anchor);
  print(place.gallery + " is held against " + anchor->name() +
        " from now on. Whether it was the newest until now is not known: who was revoked since an "
        "older copy that was put back before is enrolled again\n");
}

}  // namespace

void add_set_anchor(CLI::App& app, int& status) {
  const auto place = std::make_shared<Place>();
  CLI::App& verb = *app.add_subcommand(
      "set-anchor", "Begin with an anchor that holds nothing, or with a new one for one lost");
  add_place(verb, *place);
  explain(verb,
          "It takes the gallery as it is for the newest, without asking an anchor that it had: "
          "look at morgiana list first. From then on name the new anchor to every verb but "
          "change-key, which takes none.");
  verb.callback([place, &status] {
    run(*place);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
