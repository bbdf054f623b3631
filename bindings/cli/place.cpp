#include "place.hpp"

#include "morgiana/refusal_budget.hpp"
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

void add_caller(CLI::App& verb, Place& place, std::string& caller) {
  const RefusalBudget budget;
  verb.add_option("--caller", caller,
                  "Who asks, a gate or a till; all who name none are one. After " +
                      std::to_string(budget.per_caller) +
                      " refusals of one subject to a caller within a day, or " +
                      std::to_string(budget.per_subject) +
                      " to all callers, the subject is withheld until midnight UTC")
      ->type_name("TAG");
  verb.add_flag("--uncounted", place.is_uncounted,
                "Count no refusals and withhold nobody, for evaluations");
}

Gallery open(const Place& place, const Execution& execution) {
  OpenOptions options{
      .key = source_of(place.key), .execution = execution, .anchor = anchor_of(place.anchor)};
  if (place.is_uncounted) options.refusals.reset();
  const Progress progress("opening " + place.gallery);
  return place.follow ? Gallery::follow(place.gallery, options)
                      : Gallery::open(place.gallery, options);
}

}  // namespace morgiana::cli
