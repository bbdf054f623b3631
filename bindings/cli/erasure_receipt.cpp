#include <limits>
#include <memory>
#include <string>

#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::uint64_t commit = 0;
};

}  // namespace

void add_erasure_receipt(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("erasure-receipt",
                                       "Print what became of those whom a commit removed, signed");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  add_whole_number(verb, "--commit", options->commit, 1, std::numeric_limits<std::uint64_t>::max(),
                   "The commit that remove named")
      ->required();
  verb.footer(
      "A JSON Web Signature (EdDSA), which the receipt key that info shows verifies.\n"
      "Exit code 0 where they are erased, 1 while that is pending; 2 and 3 as for every verb.");
  verb.callback([options, &status] {
    const ErasureReceipt receipt = open(options->place).erasure_receipt(options->commit);
    print(receipt.jws + "\n");
    status = receipt.is_erased ? kSuccess : kRefused;
  });
}

}  // namespace morgiana::cli
