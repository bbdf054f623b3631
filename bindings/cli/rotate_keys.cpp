#include <memory>
#include <string>

#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

KeyRotation rotate(const Place& place) {
  Gallery gallery = open(place);
  const Progress progress("rotating the keys of " + place.gallery);
  return gallery.rotate_keys({[&](std::uint64_t num_done, std::uint64_t num_all) {
    progress.show("rewrapped " + std::to_string(num_done) + " of " + counted(num_all, "subject"));
  }});
}

std::string fate_of_old_keys(const KeyRotation& rotation) {
  if (rotation.old_keys == Erasure::pending) {
    return "the old wrapping key stays, as a search or a backup still needs it: rotate again";
  }
  return "the old wrapping key is destroyed, " + fate_of_keyset(rotation.is_overwritten);
}

}  // namespace

void add_rotate_keys(CLI::App& app, int& status) {
  const auto place = std::make_shared<Place>();
  CLI::App& verb = *app.add_subcommand(
      "rotate-keys", "Move all subjects under a new wrapping key and destroy the old one");
  add_place(verb, *place);
  explain(
      verb,
      "Copies of the files from before cannot be opened with the keys that the gallery has then. "
      "Who has an older keyset, of a backup too, and the key that opened it can open them.",
      "a search or a backup still needs the old wrapping key: rotate again");
  verb.callback([place, &status] {
    const KeyRotation rotation = rotate(*place);
    print("rewrapped " + counted(rotation.num_rewrapped, "subject") + "; " +
          fate_of_old_keys(rotation) + "\n");
    status = rotation.old_keys == Erasure::done ? kSuccess : kRefused;
  });
}

}  // namespace morgiana::cli
