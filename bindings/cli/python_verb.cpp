#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "morgiana/error.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

constexpr const char* kInterpreterVariable = "MORGIANA_PYTHON";

/// Statistics and pictures are Python's: the package of the same name does what is left of the
/// line.
constexpr const char* kProgram = R"(
import importlib.util, runpy, sys
if importlib.util.find_spec("morgiana") is None:
    sys.stderr.write(
        f"morgiana: not_found: {sys.argv[1]} is done by the Python package, which {sys.executable} lacks: "
        "pip install 'morgiana[plots]', or name another interpreter by MORGIANA_PYTHON\n")
    sys.exit(3)
runpy.run_module("morgiana", run_name="__main__", alter_sys=True)
)";

[[noreturn]] void run_python(const std::string& verb, std::vector<std::string> rest) {
  const char* named = std::getenv(kInterpreterVariable);
  const std::string interpreter = named == nullptr || *named == '\0' ? "python3" : named;
  std::vector<std::string> words = {interpreter, "-c", kProgram, verb};
  for (std::string& word : rest) words.push_back(std::move(word));
  std::vector<char*> line;
  for (std::string& word : words) line.push_back(word.data());
  line.push_back(nullptr);
  execvp(line[0], line.data());
  throw Error(Errc::not_found, verb + " is done by Python, and " + interpreter +
                                   " cannot be run: " + std::strerror(errno) + "; " +
                                   kInterpreterVariable + " names another");
}

void add_python_verb(CLI::App& app, const char* name, const char* what) {
  CLI::App& verb = *app.add_subcommand(name, what);
  verb.set_help_flag();  // its help is the package's
  verb.prefix_command();
  verb.callback([&verb] { run_python(verb.get_name(), verb.remaining()); });
}

}  // namespace

void add_evaluate(CLI::App& app, int&) {
  add_python_verb(app, "evaluate", "Error rates, thresholds and pictures of a model's embeddings");
}

void add_calibrate(CLI::App& app, int&) {
  add_python_verb(app, "calibrate", "Make a calibration, which resolves risks to thresholds");
}

void add_calibrate_log(CLI::App& app, int&) {
  add_python_verb(app, "calibrate-log",
                  "Make a calibration of a gate, from logged searches of known people");
}

}  // namespace morgiana::cli
