#pragma once

#include <string>

namespace morgiana::cli {

struct Question {
  std::string prompt;       // "PIN of token 'gate': "
  std::string secret;       // "PIN"
  std::string file_option;  // that takes the terminal's place: "--pin-file"
};

/// One line typed on the terminal of the process, which does not show it.
/// Errors: invalid_argument where there is no terminal, or nothing was typed.
std::string ask_secret(const Question& question);

}  // namespace morgiana::cli
