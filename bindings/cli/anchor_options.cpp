#include "anchor_options.hpp"

#include <cstdlib>

#include "key_options.hpp"
#include "morgiana/error.hpp"

namespace morgiana::cli {

void add_anchor(CLI::App& verb, AnchorOptions& anchor, const std::string& prefix) {
  anchor.prefix = prefix;
  const bool is_new = !prefix.empty();
  const char* from_environment = is_new ? nullptr : std::getenv("MORGIANA_ANCHOR_FILE");
  if (from_environment != nullptr) {
    anchor.file = from_environment;
    anchor.is_empty = anchor.file.empty();
  }
  CLI::Option_group& group = *verb.add_option_group(is_new ? "New anchor" : "Anchor");
  const auto refuse_empty = [](const std::string& name) {
    return name.empty() ? "an empty name; is a variable not set?" : "";
  };
  group
      .add_option("--" + prefix + "anchor", anchor.file,
                  std::string("A file elsewhere that holds the newest commit, so that an older "
                              "copy of the gallery is refused") +
                      (is_new ? "" : " (Env:MORGIANA_ANCHOR_FILE)"))
      ->check(refuse_empty)
      ->type_name("TEXT");
  group
      .add_option("--" + prefix + "anchor-token", anchor.token,
                  "Label of the PKCS#11 token that holds it")
      ->check(refuse_empty)
      ->type_name("TEXT");
  group.require_option(0, 1);
  CLI::Option_group& token =
      *verb.add_option_group(is_new ? "New anchor in a token" : "Anchor in a token");
  token.add_option("--" + prefix + "anchor-token-module", anchor.token_module,
                   "The library of the token's maker (PKCS#11)");
  token.add_option("--" + prefix + "anchor-token-object", anchor.token_object,
                   "Label of the anchor in the token, one for each gallery");
  token.add_option("--" + prefix + "anchor-pin-file", anchor.pin_file,
                   "A file with the PIN; without it the PIN is asked for");
}

std::optional<Anchor> anchor_of(const AnchorOptions& anchor) {
  const std::string options = "--" + anchor.prefix + "anchor-";
  const bool is_whole = !anchor.token_module.empty() && !anchor.token_object.empty();
  const bool is_begun =
      !anchor.token_module.empty() || !anchor.token_object.empty() || !anchor.pin_file.empty();
  if (anchor.token.empty() ? is_begun : !is_whole) {
    throw Error(Errc::invalid_argument, "an anchor in a token is named by " + options + "token, " +
                                            options + "token-module and " + options +
                                            "token-object");
  }
  if (!anchor.token.empty()) {  // it wins over the environment
    const std::string pin = pin_of(anchor.token, anchor.pin_file, options + "pin-file");
    return Anchor::token({anchor.token_module, anchor.token, anchor.token_object, pin});
  }
  if (!anchor.file.empty()) return Anchor::file(anchor.file);
  if (anchor.is_empty) {
    throw Error(Errc::invalid_argument,
                "MORGIANA_ANCHOR_FILE is set and empty; name the anchor, or unset it");
  }
  return std::nullopt;
}

}  // namespace morgiana::cli
