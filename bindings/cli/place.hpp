#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "key_options.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana::cli {

/// Where a gallery is and what opens it: the options that every verb has.
struct Place {
  std::string gallery;
  KeyOptions key;
  bool follow = false;
};

void add_place(CLI::App& verb, Place& place);

/// For verbs that only read.
void add_follow(CLI::App& verb, Place& place);

/// Says that it works, as decoding a large gallery takes a while.
Gallery open(const Place& place, const Execution& execution = {});

}  // namespace morgiana::cli
