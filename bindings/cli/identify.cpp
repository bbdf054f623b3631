#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "acceptance.hpp"
#include "embeddings.hpp"
#include "help.hpp"
#include "morgiana/decision.hpp"
#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "threads.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

/// Large enough that sealed records are opened once for many probes, small enough to show progress.
constexpr std::size_t kProbesAtOnce = 4096;

constexpr std::uint64_t kMaxTimeoutMs = 1'000'000'000'000;  // 31 years, far from the clock's end
constexpr std::uint64_t kNoTimeout = kMaxTimeoutMs + 1;

struct Options {
  Place place;
  std::string probes;
  IdentifyOptions search{};
  Acceptance acceptance{};
  std::string assurance = "proven";
  std::vector<std::string> exclude;
  std::uint64_t max_threads = 1;
  std::uint64_t timeout_ms = kNoTimeout;
  bool json = false;
};

IdentifyOptions asked(const Options& options) {
  IdentifyOptions search = options.search;
  search.accept = options.acceptance.threshold;
  search.risk = options.acceptance.risk();
  search.calibration = options.acceptance.load();
  if (options.assurance == "probable") search.assurance = Assurance::probable();
  search.exclude.assign(options.exclude.begin(), options.exclude.end());
  return search;
}

/// The time runs from here, for all probes together.
Execution execution(const Options& options) {
  Execution execution = threads(options.max_threads);
  if (options.timeout_ms != kNoTimeout) {
    execution.deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(options.timeout_ms);
  }
  return execution;
}

std::vector<Identification> search(const Options& options, const IdentifyOptions& asked,
                                   const Matrix& matrix) {
  const Gallery gallery = open(options.place, threads(options.max_threads));
  const ModelId model = gallery.stats().model;
  const Execution how = execution(options);
  const Progress progress("identifying");
  std::vector<Identification> answers;
  for (std::size_t first = 0; first < matrix.num_rows; first += kProbesAtOnce) {
    const std::size_t count = std::min(kProbesAtOnce, matrix.num_rows - first);
    std::vector<Identification> found =
        gallery.identify(templates(options.probes, matrix, model, first, count), asked, how);
    std::move(found.begin(), found.end(), std::back_inserter(answers));
    progress.show("identified " + std::to_string(first + count) + " of " +
                  std::to_string(matrix.num_rows));
  }
  return answers;
}

nlohmann::json described(const Searched& searched) {
  return {{"num_subjects", searched.num_subjects},
          {"num_references", searched.num_references},
          {"num_withheld", searched.num_withheld},
          {"miss_probability", searched.assurance.miss_probability}};
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
          {"runner_up", or_null(answer.runner_up())},
          {"searched", described(answer.searched())},
          {"risk", resolution(answer.resolved())}};
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
  const IdentifyOptions wanted = asked(options);
  const std::vector<Identification> answers = search(options, wanted, read_npy(options.probes));
  const Policy policy{wanted.accept, wanted.margin, wanted.assurance, {}, wanted.risk};
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

/// Who is accepted, and what is shown of them.
void add_answer(CLI::App& verb, Options& options) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  add_acceptance(verb, options.acceptance);
  add_number(verb, "--margin", options.search.margin, 0, 2,
             "Least lead over the second subject, 0 to 2; 0 without it");
  add_whole_number(verb, "--max-candidates", options.search.max_candidates, 1, kMost,
                   "Candidates shown at most, " + std::to_string(IdentifyOptions{}.max_candidates) +
                       " without it");
  verb.add_flag("--scores", options.search.include_scores,
                "Show scores, for calibration and audit");
}

/// Whom the search compares, how surely, and how long.
void add_extent(CLI::App& verb, Options& options) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  add_whole_number(verb, "--cohorts", options.search.cohorts.bits, 1, kMost,
                   "Compare who shares a bit with this mask, such as 0x5; everybody without it")
      ->type_name("MASK");
  // One value at a time, or the first would take the gallery that follows it.
  verb.add_option("--exclude", options.exclude,
                  "A subject not to compare; may be repeated; an unknown one excludes nobody")
      ->type_name("ID")
      ->allow_extra_args(false);
  verb.add_option("--assurance", options.assurance,
                  "proven, as without it, or probable: faster, misses each match with 1e-9 at most")
      ->check(CLI::IsMember({"proven", "probable"}));
  add_threads(verb, options.max_threads);
  add_whole_number(verb, "--timeout-ms", options.timeout_ms, 0, kMaxTimeoutMs,
                   "Fail where the search of all probes takes longer; no limit without it");
}

}  // namespace

void add_identify(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("identify", "Say who each probe is, if enrolled");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  verb.add_option("--probes", options->probes, "NumPy file, float32 [n, dim]")->required();
  add_answer(verb, *options);
  add_caller(verb, options->place, options->search.caller);
  add_extent(verb, *options);
  verb.add_flag("--json", options->json, "Answer in JSON");
  explain(verb,
          "One line a probe, tabs between: number, outcome, reason, granted subject or -, "
          "candidates. Who is withheld is not compared: what would be denied is then "
          "not_determined, for the reason withheld. A risk that the calibration cannot answer for "
          "among those enrolled is not_determined too, for the reason risk_unsupported; JSON says "
          "why, and which threshold a risk came to.",
          "a probe is not granted");
  verb.callback([options, &status] { status = run(*options); });
}

}  // namespace morgiana::cli
