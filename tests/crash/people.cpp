#include "crash/people.hpp"

namespace morgiana::test {

std::vector<Template> People::references(std::uint64_t person) {
  Vectors vectors(kDim, person);
  std::vector<Template> all;
  for (std::uint64_t i = 0; i < 1 + person % 3; ++i) all.emplace_back(model(), vectors.unit());
  return all;
}

std::string People::difference(const Gallery& gallery, const State& state) {
  const std::vector<SubjectId> ids = gallery.subjects(state.size() + 1);
  if (ids.size() != state.size()) {
    return std::to_string(ids.size()) + " subjects instead of " + std::to_string(state.size());
  }
  std::uint64_t num_references = 0;
  for (const SubjectId& id : ids) {
    const auto expected = state.find(id.str());
    if (expected == state.end()) return id.str() + " is enrolled";
    for (const Template& reference : references(expected->second)) {
      ++num_references;
      if (!gallery.verify(id, reference, {.accept = {{0.999F}}}).accepted()) {
        return id.str() + " has other references";
      }
    }
    const Template probe = references(expected->second).front();
    const Identification found = gallery.identify(probe, {.accept = {{0.999F}}});
    if (found.num_accepted() != 1 || found.candidates().front().subject != id) {
      return id.str() + " is not found";
    }
  }
  const Stats stats = gallery.stats();
  if (stats.num_references != num_references) {
    return std::to_string(stats.num_references) + " references instead of " +
           std::to_string(num_references);
  }
  return {};
}

}  // namespace morgiana::test
