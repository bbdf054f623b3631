#include "place.hpp"

#include "output.hpp"

namespace morgiana::cli {

void add_place(CLI::App& verb, Place& place) {
  verb.add_option("gallery", place.gallery, "The gallery, for example campus.morgiana")->required();
  verb.add_option("--key", place.key, "The key file; only its owner may read it")
      ->required()
      ->envname("MORGIANA_KEY_FILE");
}

void add_follow(CLI::App& verb, Place& place) {
  verb.add_flag("--follow", place.follow, "Read beside the process that has the gallery open");
}

Gallery open(const Place& place, const Execution& execution) {
  const Progress progress("opening " + place.gallery);
  const OpenOptions options{.key = KeySource::file(place.key), .execution = execution};
  return place.follow ? Gallery::follow(place.gallery, options)
                      : Gallery::open(place.gallery, options);
}

}  // namespace morgiana::cli
