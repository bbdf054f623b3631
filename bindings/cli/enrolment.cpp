#include "enrolment.hpp"

#include <limits>
#include <unordered_map>
#include <utility>

#include "embeddings.hpp"
#include "id_list.hpp"
#include "number.hpp"
#include "threads.hpp"

namespace morgiana::cli {
namespace {

std::vector<SubjectId> ids_of(const EnrolmentOptions& options, std::size_t num_rows) {
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

}  // namespace

void add_enrolment(CLI::App& verb, EnrolmentOptions& options) {
  add_place(verb, options.place);
  verb.add_option("--embeddings", options.embeddings, "NumPy file, float32 [n, dim]")->required();
  CLI::Option_group& whose = *verb.add_option_group("Whose embeddings they are");
  whose.add_option("--ids", options.ids, "Text file, one id a line; equal ids are one subject");
  whose.add_option("--id", options.id, "One id for all rows");
  whose.require_option(1);
  add_whole_number(verb, "--cohorts", options.cohorts.bits, 1,
                   std::numeric_limits<std::uint64_t>::max(),
                   "Groups they belong to, a bit each, such as 0x5; all without it")
      ->type_name("MASK");
  add_threads(verb, options.max_threads);
  add_number(verb, "--refuse-duplicates", options.checks.duplicate.at_least.cosine, -1, 1,
             "Refuse who scores so much with another subject: a person by two names");
  add_number(verb, "--refuse-hubs", options.checks.hub.at_least.cosine, -1, 1,
             "Refuse who scores so much with more than --max-hub-matches others");
  add_whole_number(verb, "--max-hub-matches", options.max_hub_matches, 0,
                   std::numeric_limits<std::uint32_t>::max(),
                   "How many others --refuse-hubs lets pass, 10 without it");
}

Enrolments read_enrolments(const EnrolmentOptions& options) {
  const Matrix matrix = read_npy(options.embeddings);
  const std::vector<SubjectId> ids = ids_of(options, matrix.num_rows);
  Gallery gallery = open(options.place, threads(options.max_threads));
  const ModelId model = gallery.stats().model;
  std::vector<Enrolment> subjects = grouped(
      ids, templates(options.embeddings, matrix, model, 0, matrix.num_rows), options.cohorts);
  return {std::move(gallery), std::move(subjects), matrix.num_rows};
}

EnrolOptions shown(const std::string& verb, const EnrolmentOptions& options,
                   const Progress& progress) {
  return {threads(options.max_threads),
          [verb, &progress](std::uint64_t num_done, std::uint64_t num_all) {
            progress.show(verb + " " + std::to_string(num_done) + " of " + std::to_string(num_all));
          },
          {options.checks.duplicate, options.checks.hub,
           static_cast<std::size_t>(options.max_hub_matches)}};
}

std::string counted(const Enrolments& enrolments) {
  return counted(enrolments.subjects.size(), "subject") + " with " +
         counted(enrolments.num_references, "reference");
}

}  // namespace morgiana::cli
