#pragma once

#include <string>
#include <string_view>

#include "morgiana/policy_file.hpp"

namespace morgiana::test {

inline const std::string kSmallest =
    R"({"format": 1, "name": "n", "version": 1, "accept": {"at_least": 0.5}, "margin": 0})";

/// With these rules, on the second line.
inline std::string with_rules(std::string_view rules) {
  return kSmallest.substr(0, kSmallest.size() - 1) + ",\n\"rules\": {" + std::string(rules) + "}}";
}

inline PolicyFile parsed(const std::string& json) {
  return PolicyFile::parse(json, "p.json");
}

}  // namespace morgiana::test
