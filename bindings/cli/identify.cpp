#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "embeddings.hpp"
#include "morgiana/decision.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

/// Large enough that sealed records are opened once for many probes, small enough to show progress.
constexpr std::size_t kProbesAtOnce = 4096;

struct Options {
  Place place;
  std::string probes;
  IdentifyOptions search{};
  bool json = false;
};

std::vector<Identification> search(const Options& options, const Matrix& matrix) {
  const Gallery gallery = open(options.place);
  const ModelId model = gallery.stats().model;
  const Progress progress("identifying");
  std::vector<Identification> answers;
  for (std::size_t first = 0; first < matrix.num_rows; first += kProbesAtOnce) {
    const std::size_t count = std::min(kProbesAtOnce, matrix.num_rows - first);
    std::vector<Identification> found =
        gallery.identify(templates(options.probes, matrix, model, first, count), options.search);
    std::move(found.begin(), found.end(), std::back_inserter(answers));
    progress.show("identified " + std::to_string(first + count) + " of " +
                  std::to_string(matrix.num_rows));
  }
  return answers;
}

nlohmann::json described(std::size_t probe, const Identification& answer,
                         const Decision& decision) {
  nlohmann::json candidates = nlohmann::json::array();
  for (const Candidate& candidate : answer.candidates()) {
    nlohmann::json entry{{"subject", candidate.subject.str()}};
    if (candidate.score) entry["score"] = candidate.score->cosine;
    candidates.push_back(entry);
  }
  const auto or_null = [](const std::optional<SubjectId>& subject) {
    return subject ? nlohmann::json(subject->str()) : nlohmann::json();
  };
  return {{"probe", probe},
          {"outcome", name(decision.outcome)},
          {"reason", name(decision.reason)},
          {"subject", or_null(decision.subject)},
          {"candidates", candidates},
          {"num_accepted", answer.num_accepted()},
          {"runner_up", or_null(answer.runner_up())}};
}

/// Tabs between the fields, as an id can hold spaces but no control character.
void append_line(std::ostream& out, std::size_t probe, const Identification& answer,
                 const Decision& decision) {
  out << probe << '\t' << name(decision.outcome) << '\t' << name(decision.reason) << '\t'
      << (decision.subject ? decision.subject->str() : "-");
  for (const Candidate& candidate : answer.candidates()) {
    out << '\t' << candidate.subject.str();
    if (candidate.score) out << '\t' << candidate.score->cosine;
  }
  out << '\n';
}

/// Success only where every probe is granted: `identify … && open` must not open for a stranger.
int run(const Options& options) {
  const std::vector<Identification> answers = search(options, read_npy(options.probes));
  const Policy policy{options.search.accept, options.search.margin};
  std::ostringstream lines;
  lines.precision(std::numeric_limits<float>::max_digits10);
  nlohmann::json probes = nlohmann::json::array();
  bool all_granted = !answers.empty();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Decision decision = decide(answers[i], policy);
    all_granted = all_granted && decision.outcome == Outcome::granted;
    if (options.json) probes.push_back(described(i, answers[i], decision));
    if (!options.json) append_line(lines, i, answers[i], decision);
  }
  if (options.json) lines << nlohmann::json{{"probes", probes}}.dump(2) << '\n';
  print(lines.str());
  return all_granted ? kSuccess : kRefused;
}

}  // namespace

void add_identify(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("identify", "Say who each probe is, if enrolled");
  add_place(verb, options->place);
  verb.add_option("--probes", options->probes, "NumPy file, float32 [n, dim]")->required();
  verb.add_option("--threshold", options->search.accept.at_least.cosine,
                  "Least score that is accepted, -1 to 1")
      ->required();
  verb.add_option("--margin", options->search.margin, "Least lead over the second subject");
  verb.add_option("--max-candidates", options->search.max_candidates, "Candidates shown at most");
  verb.add_flag("--scores", options->search.include_scores,
                "Show scores, for calibration and audit");
  verb.add_flag("--json", options->json, "Answer in JSON");
  verb.footer(
      "One line a probe, tabs between: number, outcome, reason, granted subject or -, candidates.\n"
      "Exit code 0 where every probe is granted, else 1; 2 and 3 as for every verb.");
  verb.callback([options, &status] { status = run(*options); });
}

}  // namespace morgiana::cli
