// A gallery's database with the input laid over places of it: what it answers is right or an error.
// Input: verb (1) ‖ for each place: page (1) ‖ offset (2) ‖ number of bytes (1) ‖ bits to flip.
#include <filesystem>
#include <string>
#include <vector>

#include "crash/damage.hpp"
#include "crash/people.hpp"
#include "data.hpp"
#include "input.hpp"

using namespace morgiana;

namespace {

constexpr std::size_t kPageBytes = 16384;
constexpr std::uint64_t kNumPeople = 3;

struct Sample {
  Sample() : key(KeySource::create_file(folder / "key")) {
    Gallery gallery = Gallery::create(path, {test::People::model(), key});
    std::vector<Enrolment> all;
    for (std::uint64_t person = 1; person <= kNumPeople; ++person) {
      all.push_back({std::to_string(person), test::People::references(person)});
      probes.push_back(all.back().references.front());
    }
    gallery.enrol(all);
    gallery.close();
    files = test::read_files(path);
  }
  test::ScratchFolder folder{test::folder_in_memory()};
  std::string path = folder / "g";
  KeySource key;
  test::Files files;
  std::vector<Template> probes;
};

void lay_over(std::string& database, fuzz::Input& input) {
  while (!input.is_empty()) {
    const std::size_t page = input.number(1) % (database.size() / kPageBytes);
    std::size_t at = page * kPageBytes + input.number(2) % kPageBytes;
    for (const std::uint8_t bits : input.bytes(input.number(1))) {
      if (at == database.size()) return;
      database[at] = static_cast<char>(database[at] ^ bits);
      ++at;
    }
  }
}

/// Everybody is found under the right id, or nobody: with the newest commit gone the gallery is
/// that of the first one.
void ask(const Gallery& gallery, const Sample& sample, std::uint64_t first_person) {
  const bool is_empty = gallery.stats().num_subjects == 0;
  for (std::uint64_t person = 1; person <= kNumPeople; ++person) {
    fuzz::refusal([&] {
      const auto found = gallery.identify(sample.probes[person - 1], {.accept = {{0.999F}}});
      const bool is_gone = is_empty || person < first_person;
      fuzz::require(found.num_accepted() == (is_gone ? 0 : 1), "who is enrolled is found");
      fuzz::require(is_gone || found.candidates().front().subject == std::to_string(person),
                    "who is found is who was enrolled");
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const Sample sample;
  fuzz::Input input(data, num_bytes);
  const std::uint64_t verb = input.number(1) % 3;
  test::Files files = sample.files;
  lay_over(files.at(""), input);
  test::write_files(sample.path, files);
  fuzz::refusal([&] {
    if (verb == 0) ask(Gallery::follow(sample.path, {sample.key}), sample, 1);
    if (verb == 1) Gallery::check(sample.path, {sample.key});
    if (verb == 2) {
      Gallery gallery = Gallery::open(sample.path, {sample.key});
      gallery.remove("1");
      ask(gallery, sample, 2);
    }
  });
  return 0;
}
