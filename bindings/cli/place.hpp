#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "anchor_options.hpp"
#include "key_options.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana::cli {

/// Where a gallery is, what opens it and what it is held against.
struct Place {
  std::string gallery;
  KeyOptions key;
  AnchorOptions anchor;
  bool follow = false;
  bool is_uncounted = false;
};

/// The options of every verb that opens a gallery.
void add_place(CLI::App& verb, Place& place);

/// Those of a verb that does not read it.
void add_unread_place(CLI::App& verb, Place& place);

/// For verbs that only read.
void add_follow(CLI::App& verb, Place& place);

/// For verbs that compare: who asks, and whether refusals count.
void add_caller(CLI::App& verb, Place& place, std::string& caller);

/// Says that it works, as decoding a large gallery takes a while.
Gallery open(const Place& place, const Execution& execution = {});

}  // namespace morgiana::cli
