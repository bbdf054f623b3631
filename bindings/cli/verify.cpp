#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "acceptance.hpp"
#include "embeddings.hpp"
#include "help.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::string id;
  std::string probe;
  VerifyOptions comparison{};
  Acceptance acceptance{};
  bool json = false;
};

/// None where the subject is withheld.
struct Answer {
  std::optional<Verification> compared;
  std::string why_withheld;
};

Answer compare_claim(const Options& options) {
  const Matrix matrix = read_npy(options.probe);
  if (matrix.num_rows != 1) {
    throw Error(Errc::invalid_argument, options.probe + " has " + std::to_string(matrix.num_rows) +
                                            " rows; verify compares one probe");
  }
  VerifyOptions comparison = options.comparison;
  comparison.accept = options.acceptance.threshold;
  comparison.risk = options.acceptance.risk();
  comparison.calibration = options.acceptance.load();
  const Gallery gallery = open(options.place);
  const ModelId model = gallery.stats().model;
  const Template probe = templates(options.probe, matrix, model, 0, 1).front();
  try {
    return {gallery.verify(options.id, probe, comparison), {}};
  } catch (const Error& error) {
    if (error.code() != Errc::budget_spent) throw;
    return {std::nullopt, error.what()};
  }
}

std::string withheld(const Options& options, const std::string& why) {
  if (!options.json) return "withheld\t" + options.id + '\t' + why + '\n';
  const nlohmann::json fields{
      {"subject", options.id}, {"accepted", false}, {"withheld", true}, {"reason", why}};
  return fields.dump(2) + '\n';
}

const char* answer_of(const Verification& compared) {
  const auto& resolved = compared.resolved();
  if (resolved && resolved->predicted.support == Support::unsupported) return "risk_unsupported";
  return compared.accepted() ? "accepted" : "refused";
}

std::string described(const Verification& compared, bool as_json) {
  const std::optional<Score> score = compared.score();
  std::ostringstream out;
  out.precision(std::numeric_limits<float>::max_digits10);
  if (as_json) {
    nlohmann::json fields{{"subject", compared.claimed().str()},
                          {"accepted", compared.accepted()},
                          {"withheld", false},
                          {"risk", resolution(compared.resolved())}};
    if (score) fields["score"] = score->cosine;
    out << fields.dump(2) << '\n';
    return out.str();
  }
  out << answer_of(compared) << '\t' << compared.claimed().str();
  if (score) out << '\t' << score->cosine;
  out << '\n';
  return out.str();
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("verify", "Compare a probe with one claimed subject");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  verb.add_option("--id", options->id, "The claimed subject")->required();
  verb.add_option("--probe", options->probe, "NumPy file, float32 [dim] or [1, dim]")->required();
  add_acceptance(verb, options->acceptance);
  add_caller(verb, options->place, options->comparison.caller);
  verb.add_flag("--scores", options->comparison.include_scores, "Show the score");
  verb.add_flag("--json", options->json, "Answer in JSON");
  explain(verb,
          "One line, tabs between: accepted, refused or risk_unsupported, the subject, and the "
          "score if asked for. Who is withheld is not compared: withheld, the subject, and why; in "
          "JSON withheld is "
          "true, and accepted false.",
          "the claim is refused, or the subject withheld");
  verb.callback([options, &status] {
    const auto [compared, why_withheld] = compare_claim(*options);
    print(compared ? described(*compared, options->json) : withheld(*options, why_withheld));
    status = compared && compared->accepted() ? kSuccess : kRefused;
  });
}

}  // namespace morgiana::cli
