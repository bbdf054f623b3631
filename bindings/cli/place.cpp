#include "place.hpp"

#include "output.hpp"

namespace morgiana::cli {

void add_place(CLI::App& verb, Place& place) {
  verb.add_option("gallery", place.gallery, "The gallery, for example campus.morgiana")->required();
  verb.add_option("--key", place.key, "The key file; only its owner may read it")
      ->required()
      ->envname("MORGIANA_KEY_FILE");
}

Gallery open(const Place& place) {
  const Progress progress("opening " + place.gallery);
  return Gallery::open(place.gallery, {KeySource::file(place.key)});
}

}  // namespace morgiana::cli
