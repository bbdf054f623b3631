#include <morgiana/morgiana.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

namespace {

morgiana::Template unit_vector(const morgiana::ModelId& model, std::size_t axis) {
  std::vector<float> values(model.dim, 0.0F);
  values[axis] = 1.0F;
  return {model, values};
}

bool grants_the_enrolled_and_denies_the_stranger(const std::string& folder) {
  const morgiana::ModelId model{"net", 64};
  auto gallery = morgiana::Gallery::create(
      folder + "/gallery", {model, morgiana::KeySource::create_file(folder + "/key")});
  gallery.enrol("E-1042", {unit_vector(model, 3)});
  const morgiana::Policy policy{.accept = {.at_least = {0.5F}}, .margin = 0.1F};
  const morgiana::IdentifyOptions options{.accept = policy.accept, .margin = policy.margin};
  const auto enrolled = decide(gallery.identify(unit_vector(model, 3), options), policy);
  const auto stranger = decide(gallery.identify(unit_vector(model, 4), options), policy);
  return enrolled.outcome == morgiana::Outcome::granted && enrolled.subject == "E-1042" &&
         stranger.outcome == morgiana::Outcome::denied;
}

bool refuses_with_its_own_error_type(const std::string& folder) {
  try {
    morgiana::Gallery::open(folder + "/none", {morgiana::KeySource::file(folder + "/key")});
  } catch (const morgiana::Error& error) {
    return error.code() == morgiana::Errc::not_found;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc == 2 ? argv[1] : ".";
  if (!grants_the_enrolled_and_denies_the_stranger(folder) ||
      !refuses_with_its_own_error_type(folder)) {
    std::cerr << "the installed library does not do its job\n";
    return 1;
  }
  std::cout << "granted, denied and refused as promised\n";
}
