/// Makes the golden gallery of the current format, with all that it must answer, and refuses to
/// overwrite one: those of released formats stay as they are. Before a release, after a change of
/// the format:
///   rm -r tests/golden/format_1 && cmake --build --preset release --target golden_gallery
/// Answers come from `compare` with every reference, not from the gallery. Keys, nonces, uuid and
/// times differ from run to run, answers do not.
#include <filesystem>
#include <iostream>
#include <map>

#include "golden/answers.hpp"
#include "random.hpp"
#include "store/records.hpp"

namespace morgiana::golden {
namespace {

constexpr std::uint32_t kDim = 64;

/// Applies each change to the gallery and to what the gallery must hold afterwards.
class Scene {
 public:
  explicit Scene(const std::string& folder)
      : gallery_(
            Gallery::create(folder + kDatabase, {model_, KeySource::create_file(folder + kKey)})) {}

  void play();
  Json answers();

 private:
  /// Captures of one person.
  Enrolment captures(const std::string& id, int num_references, std::uint64_t cohorts) {
    const test::Vector person = vectors_.unit();
    Enrolment enrolment{id, {}, {cohorts}};
    for (int i = 0; i < num_references; ++i) {
      enrolment.references.emplace_back(model_, vectors_.at_cosine(person, 0.9));
    }
    return enrolment;
  }

  void enrol(const std::vector<Enrolment>& people) {
    gallery_.enrol(people);
    for (const Enrolment& one : people) put(one, 1);
  }
  void update(const Enrolment& one) {
    gallery_.update(std::span(&one, 1));
    num_erasures_ += 1;
    put(one, alive_.at(one.subject.str()).generation + 1);
  }
  void remove(const std::vector<SubjectId>& people) {
    gallery_.remove(people);
    num_erasures_ += people.size();
    for (const SubjectId& id : people) alive_.erase(id.str());
  }
  void put(const Enrolment& one, std::uint64_t generation) {
    const std::string& id = one.subject.str();
    alive_.insert_or_assign(id, Subject{id, generation, one.cohorts, one.references});
  }

  Template probe_of(const std::string& id, std::size_t reference, double cosine) {
    const auto values = alive_.at(id).references[reference].values();
    return {model_, vectors_.at_cosine({values.begin(), values.end()}, cosine)};
  }
  Template probe_between(const std::string& first, const std::string& second);
  std::vector<Template> probes();
  Json subjects() const;
  Json search(const Template& probe, std::size_t number, const IdentifyOptions& options) const;

  ModelId model_{"golden", kDim};
  Gallery gallery_;
  test::Vectors vectors_{kDim, 1};
  std::map<std::string, Subject> alive_;
  std::uint64_t num_erasures_ = 0;
};

/// More people than a row of key slots holds come and go, so that slots of a second row are in use,
/// free slots lie between, and later enrolments take them.
void Scene::play() {
  std::vector<Enrolment> crowd;
  std::vector<SubjectId> names;
  for (int i = 0; i < 130; ++i) {
    crowd.push_back(captures("crowd-" + std::to_string(i), 1, ~std::uint64_t{0}));
    names.push_back(crowd.back().subject);
  }
  enrol(crowd);
  enrol({captures("E-1001", 1, ~std::uint64_t{0}), captures("E-1002", 3, 0b101),
         captures("E-1003", 2, std::uint64_t{1} << 63)});
  remove(names);
  enrol({captures("E-1004", 2, 0b11), captures("Zoë 7", 1, 0b1000)});
  enrol({captures("E-1005", 1, 0b1), captures("E-1006", 4, 0b110)});
  remove({"E-1005"});
  update(captures("E-1002", 2, 0b100));
  update(captures("E-1004", 1, 0b11));
  update(captures("E-1002", 2, 0b110));
  remove({"E-1006"});
  enrol({captures("E-1006", 2, 0b1)});  // the same id, somebody new
  enrol({captures("E-1007", 1, ~std::uint64_t{0})});
}

/// Somebody whom two subjects claim.
Template Scene::probe_between(const std::string& first, const std::string& second) {
  const auto a = alive_.at(first).references[0].values();
  const auto b = alive_.at(second).references[0].values();
  test::Vector sum(kDim);
  for (std::uint32_t i = 0; i < kDim; ++i) sum[i] = a[i] + b[i];
  return {model_, sum};
}

std::vector<Template> Scene::probes() {
  std::vector<Template> all;
  for (const auto& [id, subject] : alive_) all.push_back(probe_of(id, 0, 0.85));
  all.push_back(probe_of("E-1002", 1, 0.6));
  all.push_back(probe_of("E-1006", 1, 0.45));
  all.push_back(alive_.at("E-1007").references[0]);
  all.push_back(probe_between("E-1003", "E-1004"));
  all.emplace_back(model_, vectors_.unit());
  return all;
}

Json Scene::subjects() const {
  Json all = Json::array();
  for (const auto& [id, subject] : alive_) {
    Json references = Json::array();
    for (const Template& one : subject.references) references.push_back(hex(one.values()));
    all.push_back({{"id", id},
                   {"generation", subject.generation},
                   {"cohorts", hex(subject.cohorts.bits)},
                   {"references", references}});
  }
  return all;
}

Score best(const Template& probe, const Subject& subject) {
  Score highest{-2.0F};
  for (const Template& one : subject.references) highest = std::max(highest, compare(probe, one));
  return highest;
}

Json Scene::search(const Template& probe, std::size_t number,
                   const IdentifyOptions& options) const {
  std::vector<ScoredSubject> found;
  Searched searched;
  for (const auto& [id, subject] : alive_) {
    if ((subject.cohorts.bits & options.cohorts.bits) == 0) continue;
    searched.num_subjects += 1;
    searched.num_references += subject.references.size();
    const Score score = best(probe, subject);
    if (score.cosine >= options.accept.at_least.cosine - options.margin) {
      found.push_back({id, score});
    }
  }
  const Identification answer(options, found, searched);
  Json candidates = Json::array();
  for (const Candidate& one : answer.candidates()) candidates.push_back(one.subject.str());
  const auto& second = answer.runner_up();
  return {{"probe", number},
          {"accept", hex(options.accept.at_least.cosine)},
          {"margin", hex(options.margin)},
          {"cohorts", hex(options.cohorts.bits)},
          {"num_subjects", searched.num_subjects},
          {"num_references", searched.num_references},
          {"candidates", candidates},
          {"runner_up", second ? Json(second->str()) : Json()}};
}

Json Scene::answers() {
  Json probes = Json::array();
  Json searches = Json::array();
  for (const Template& probe : this->probes()) {
    Json scores = Json::object();
    for (const auto& [id, subject] : alive_) scores[id] = hex(best(probe, subject).cosine);
    const std::size_t number = probes.size();
    probes.push_back({{"values", hex(probe.values())}, {"scores", scores}});
    for (const float accept : {-0.2F, 0.2F, 0.4F, 0.6F}) {
      for (const std::uint64_t cohorts : {~std::uint64_t{0}, std::uint64_t{0b110}}) {
        searches.push_back(
            search(probe, number, {.accept = {{accept}}, .margin = 0.1F, .cohorts = {cohorts}}));
      }
    }
  }
  return {{"format", store::kFormatVersion},
          {"model", {{"name", model_.name}, {"dim", model_.dim}}},
          {"num_erasures", num_erasures_},
          {"removed", {"E-1005", "crowd-0", "crowd-129"}},
          {"subjects", subjects()},
          {"probes", probes},
          {"searches", searches}};
}

void make() {
  const std::string folder = folder_of(store::kFormatVersion);
  if (!std::filesystem::create_directory(folder)) {
    throw std::runtime_error(folder + " exists and was left as it is");
  }
  Json answers;
  {
    Scene scene(folder);
    scene.play();
    answers = scene.answers();
  }
  std::filesystem::remove(folder + kDatabase + ".lock");
  std::ofstream(folder + kAnswers) << answers.dump(1) << '\n';
  std::cout << "made " << folder << '\n';
}

}  // namespace
}  // namespace morgiana::golden

int main() try {
  morgiana::golden::make();
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
