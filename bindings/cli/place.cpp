#include "place.hpp"

#include "output.hpp"

namespace morgiana::cli {

void add_unread_place(CLI::App& verb, Place& place) {
  verb.add_option("gallery", place.gallery, "The gallery, for example campus.morgiana")->required();
  add_key(verb, place.key);
}

void add_place(CLI::App& verb, Place& place) {
  add_unread_place(verb, place);
  add_anchor(verb, place.anchor);
}

void add_follow(CLI::App& verb, Place& place) {
  verb.add_flag("--follow", place.follow, "Read beside the process that has the gallery open");
}

Gallery open(const Place& place, const Execution& execution) {
  const OpenOptions options{
      .key = source_of(place.key), .execution = execution, .anchor = anchor_of(place.anchor)};
  const Progress progress("opening " + place.gallery);
  return place.follow ? Gallery::follow(place.gallery, options)
                      : Gallery::open(place.gallery, options);
}

}  // namespace morgiana::cli
