#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "embeddings.hpp"
#include "id_list.hpp"
#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::string embeddings;
  std::string ids;
  std::string id;
  Cohorts cohorts;
};

std::vector<SubjectId> ids_of(const Options& options, std::size_t num_rows) {
  if (options.ids.empty()) return std::vector(num_rows, SubjectId(options.id));
  std::vector<SubjectId> ids = read_ids(options.ids);
  if (ids.size() == num_rows) return ids;
  throw Error(Errc::invalid_argument,
              options.ids + " has " + std::to_string(ids.size()) + " ids, " + options.embeddings +
                  " has " + std::to_string(num_rows) + " embeddings; there is one id for each");
}

/// Equal ids are several references of one subject.
std::vector<Enrolment> grouped(const std::vector<SubjectId>& ids, std::vector<Template> references,
                               Cohorts cohorts) {
  std::vector<Enrolment> enrolments;
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto [at, is_new] = place.try_emplace(ids[i].str(), enrolments.size());
    if (is_new) enrolments.push_back({ids[i], {}, cohorts});
    enrolments[at->second].references.push_back(std::move(references[i]));
  }
  return enrolments;
}

void run(const Options& options) {
  const Matrix matrix = read_npy(options.embeddings);
  const std::vector<SubjectId> ids = ids_of(options, matrix.num_rows);
  Gallery gallery = open(options.place);
  const ModelId model = gallery.stats().model;
  const std::vector<Enrolment> enrolments = grouped(
      ids, templates(options.embeddings, matrix, model, 0, matrix.num_rows), options.cohorts);
  {
    const Progress progress("enrolling " + counted(matrix.num_rows, "reference"));
    gallery.enrol(enrolments);
  }
  print("enrolled " + counted(enrolments.size(), "subject") + " with " +
        counted(matrix.num_rows, "reference") + "\n");
}

}  // namespace

void add_enrol(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("enrol", "Enrol new subjects, all or none");
  add_place(verb, options->place);
  verb.add_option("--embeddings", options->embeddings, "NumPy file, float32 [n, dim]")->required();
  CLI::Option_group& whose = *verb.add_option_group("whose", "Whose embeddings they are");
  whose.add_option("--ids", options->ids, "Text file, one id a line; equal ids are one subject");
  whose.add_option("--id", options->id, "One id for all rows");
  whose.require_option(1);
  add_whole_number(verb, "--cohorts", options->cohorts.bits, 1,
                   std::numeric_limits<std::uint64_t>::max(),
                   "Groups they belong to, a bit each, such as 0x5; all without it")
      ->type_name("MASK");
  verb.callback([options, &status] {
    run(*options);
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
