#include <memory>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

Purge purge(const Place& place) {
  Gallery gallery = open(place);
  const Progress progress("purging " + place.gallery);
  return gallery.purge({[&](std::uint64_t num_done, std::uint64_t num_all) {
    progress.show("rewrapped " + std::to_string(num_done) + " of " + counted(num_all, "subject"));
  }});
}

}  // namespace

void add_purge(CLI::App& app, int& status) {
  const auto place = std::make_shared<Place>();
  CLI::App& verb = *app.add_subcommand(
      "purge", "Make what was removed unreadable in all that the disk ever held");
  add_place(verb, *place);
  explain(verb,
          "Finishes pending erasures, then rotates the keys as rotate-keys does: copies of the "
          "files from before cannot be opened with the keys that the gallery has then. Who has an "
          "older keyset, of a backup too, and the key that opened it can open them.");
  verb.callback([place, &status] {
    const Purge done = purge(*place);
    print("purged; rewrapped " + counted(done.num_rewrapped, "subject") +
          "; the old wrapping keys are destroyed, " + fate_of_keyset(done.is_overwritten) + "\n");
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
