#include <memory>

#include "help.hpp"
#include "morgiana/receipt.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {

void add_signer_key(CLI::App& app, int& status) {
  const auto place = std::make_shared<Place>();
  CLI::App& verb = *app.add_subcommand(
      "signer-key", "Print the public key that verifies receipts of the gallery's decisions");
  add_place(verb, *place);
  add_follow(verb, *place);
  explain(verb,
          "A JSON Web Key, the same for the life of a gallery, for who verifies and for morgiana "
          "audit. Receipts of erasures have a key of their own, which info shows.");
  verb.callback([place, &status] {
    print(ReceiptSigner::public_key(open(*place)) + "\n");
    status = kSuccess;
  });
}

}  // namespace morgiana::cli
