// Prints, as bits, what the library makes of awkward floats; fails where one that is no number is
// granted. It calculates with no float itself, and moves those that are no number as memory alone:
// under -ffast-math a compiler may do what it likes with them.
#include <morgiana/morgiana.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

using morgiana::Score;
using morgiana::Template;

const morgiana::ModelId kModel{"net", 64};

constexpr std::uint32_t kOne = 0x3F800000;
constexpr std::uint32_t kSmallest = 0x00800000;  // that is normal
constexpr std::uint32_t kLargest = 0x7F7FFFFF;
constexpr std::uint32_t kInfinity = 0x7F800000;
constexpr std::uint32_t kSign = 0x80000000;
constexpr std::array<std::uint32_t, 4> kNans = {0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FFFFFFF};

void set(float& to, std::uint32_t bits) {
  std::memcpy(&to, &bits, sizeof bits);
}

std::uint32_t bits_of(const float& value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// The double that is the same NaN or infinity.
void set(double& to, std::uint32_t bits) {
  const std::uint64_t wide = std::uint64_t{bits & kSign} << 32 | std::uint64_t{0x7FF} << 52 |
                             std::uint64_t{bits & 0x007FFFFF} << 29;
  std::memcpy(&to, &wide, sizeof wide);
}

using Embedding = std::array<std::uint32_t, 64>;  // bits

/// Random signs and fractions, and exponents from `first` to `last`.
Embedding random_embedding(std::uint32_t first, std::uint32_t last, std::mt19937& random) {
  Embedding made;
  for (std::uint32_t& bits : made) {
    const std::uint32_t exponent =
        first + static_cast<std::uint32_t>(random()) % (last - first + 1);
    bits = (static_cast<std::uint32_t>(random()) & 0x807FFFFFU) | exponent << 23;
  }
  return made;
}

/// `hot` in the first dimension, `next` in the second, `rest` in the others.
Embedding spiked(std::uint32_t hot, std::uint32_t next, std::uint32_t rest) {
  Embedding made;
  made.fill(rest);
  made[0] = hot;
  made[1] = next;
  return made;
}

Embedding spiked(std::uint32_t hot, std::uint32_t rest) {
  return spiked(hot, rest, rest);
}

std::vector<Embedding> awkward() {
  std::mt19937 random(7);
  std::vector<Embedding> all;
  for (int i = 0; i < 6; ++i) all.push_back(random_embedding(122, 127, random));
  all.push_back(random_embedding(253, 254, random));  // huge
  all.push_back(random_embedding(1, 3, random));      // tiny
  all.push_back(random_embedding(0, 0, random));      // subnormal
  all.push_back(random_embedding(0, 1, random));
  all.push_back(random_embedding(0, 254, random));
  all.push_back(spiked(kLargest, kLargest | kSign));
  all.push_back(spiked(kOne, 0x00400000));  // a subnormal beside 1
  all.push_back(spiked(kOne, kSmallest));
  all.push_back(spiked(kOne, kSmallest, 0));  // its scores with the next two are subnormal
  all.push_back(spiked(0, kOne));
  all.push_back(spiked(0, kOne | kSign));
  all.push_back(spiked(kOne + 0x00800000, 0x00FFFFFF));  // halved, it rounds to the smallest normal
  all.push_back(spiked(0, 0));
  all.push_back(spiked(kSign, kSign));
  for (const std::uint32_t nan : kNans) all.push_back(spiked(kOne, nan));
  for (const std::uint32_t sign : {std::uint32_t{0}, kSign}) {
    all.push_back(spiked(kInfinity | sign, kOne));
  }
  return all;
}

/// What a call answers, or the name of its error.
template <class Call>
void print_or_error(Call call) {
  try {
    call();
  } catch (const morgiana::Error& error) {
    std::printf("%s\n", std::string(morgiana::name(error.code())).c_str());
  }
}

std::vector<Template> print_templates() {
  std::vector<Template> made;
  for (const Embedding& embedding : awkward()) {
    print_or_error([&] {
      std::vector<float> values(embedding.size());
      std::memcpy(values.data(), embedding.data(), sizeof embedding);
      made.emplace_back(kModel, values);
      std::printf("template %zu:", made.size() - 1);
      for (const float& value : made.back().values()) std::printf(" %08x", bits_of(value));
      std::printf("\n");
    });
  }
  return made;
}

void print(const morgiana::Identification& found) {
  std::printf(" %zu:", found.num_accepted());
  for (const morgiana::Candidate& candidate : found.candidates()) {
    std::printf(" %s", candidate.subject.str().c_str());
    if (candidate.score) std::printf("=%08x", bits_of(candidate.score->cosine));
  }
  std::printf(" runner-up %s\n", found.runner_up() ? found.runner_up()->str().c_str() : "none");
}

/// Every score, and a search at every score.
void print_searches(const morgiana::Gallery& gallery, const std::vector<Template>& made) {
  for (const Template& probe : made) {
    for (const Template& reference : made) {
      morgiana::IdentifyOptions options{.accept = {morgiana::compare(probe, reference)}};
      options.include_scores = true;
      std::printf("at %08x", bits_of(options.accept.at_least.cosine));
      print(gallery.identify(probe, options));
      set(options.margin, 0x3D800000);
      options.assurance = morgiana::Assurance::probable();
      print(gallery.identify(probe, options));
    }
  }
}

void print_refusals(const morgiana::Gallery& gallery, const Template& probe) {
  for (const std::uint32_t bits : {kNans[0], kNans[1], kNans[2], kNans[3], kInfinity}) {
    morgiana::IdentifyOptions threshold{.accept = {.at_least = {0.5F}}};
    morgiana::IdentifyOptions margin = threshold;
    morgiana::IdentifyOptions miss = threshold;
    set(threshold.accept.at_least.cosine, bits);
    set(margin.margin, bits);
    set(miss.assurance.miss_probability, bits);
    for (const auto& options : {threshold, margin, miss}) {
      print_or_error([&] { print(gallery.identify(probe, options)); });
    }
  }
}

/// One decision, with every float it rests on.
struct Case {
  morgiana::Policy policy{.accept = {.at_least = {0.5F}}, .margin = 0.125F};
  morgiana::IdentifyOptions asked{.accept = {.at_least = {0.5F}}, .margin = 0.125F};
  morgiana::Searched searched{3, 3};
  Score best{0.75F};
  Score second{0.375F};

  bool print_is_granted() const {
    const morgiana::Identification found(asked, {{"a", best}, {"b", second}}, searched);
    const morgiana::Decision of_search = decide(found, policy);
    const morgiana::Verification compared({asked.accept}, "a", best);
    const morgiana::Decision of_claim = decide(compared, policy);
    std::printf("%s, claim %s, %s;", std::string(morgiana::name(of_search.reason)).c_str(),
                std::string(morgiana::name(of_claim.reason)).c_str(),
                compared.accepted() ? "accepted" : "not accepted");
    print(found);
    return of_search.outcome == morgiana::Outcome::granted;
  }
};

bool denies_what_is_no_number() {
  bool denies = Case{}.print_is_granted();  // the plain case is granted, or this shows nothing
  for (const std::uint32_t nan : kNans) {
    std::array<Case, 7> cases;
    set(cases[0].policy.accept.at_least.cosine, nan);
    set(cases[1].policy.margin, nan);
    set(cases[2].policy.assurance.miss_probability, nan);
    set(cases[3].best.cosine, nan);
    set(cases[4].asked.accept.at_least.cosine, nan);
    set(cases[5].asked.margin, nan);
    set(cases[6].searched.assurance.miss_probability, nan);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      std::printf("no number in place %zu: ", i);
      if (cases[i].print_is_granted()) denies = false;
    }
  }
  return denies;
}

}  // namespace

int main(int, char** argv) {
  const std::string folder(argv[1]);
  const std::vector<Template> made = print_templates();
  auto gallery = morgiana::Gallery::create(
      folder + "/gallery", {kModel, morgiana::KeySource::create_file(folder + "/key")});
  for (std::size_t i = 0; i < made.size(); ++i) gallery.enrol("p" + std::to_string(i), {made[i]});
  print_searches(gallery, made);
  print_refusals(gallery, made[0]);
  return denies_what_is_no_number() ? 0 : 1;
}
