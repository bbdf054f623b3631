#pragma once

#include <string>

namespace morgiana::cli {

/// One line typed on the terminal of the process, which does not show it.
/// Errors: invalid_argument where there is no terminal, or nothing was typed.
std::string ask_secret(const std::string& prompt);

}  // namespace morgiana::cli
