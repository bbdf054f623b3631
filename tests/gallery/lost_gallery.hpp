#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gallery/campus.hpp"

namespace morgiana {

/// An anchor in memory with a ledger.
struct Register {
  Anchor anchor(bool keeps_ledger = true) {
    const Anchor::Ledger kept{[this](const Anchor::Value& entries) {
                                if (is_full) throw std::runtime_error("the ledger is full");
                                ledger.insert(ledger.end(), entries.begin(), entries.end());
                              },
                              [this] { return ledger; }};
    return Anchor::callback([this] { return held; },
                            [this](const Anchor::Value& expected, const Anchor::Value& next) {
                              if (held != expected || is_stuck) return false;
                              held = next;
                              if (loses_the_answer) throw std::runtime_error("no answer came");
                              return true;
                            },
                            keeps_ledger ? std::optional(kept) : std::nullopt);
  }

  Anchor::Value held;
  Anchor::Value ledger;
  bool is_full = false;
  bool is_stuck = false;
  bool loses_the_answer = false;
};

/// A gallery with an anchor that is lost, and its backup.
struct LostGallery : ::testing::Test {
  /// Ada, Bob and Cid are enrolled, and there is a backup of that.
  void begin(const Anchor& anchor) {
    Gallery gallery =
        Gallery::create(path, {.model = campus.model, .key = campus.key, .anchor = anchor});
    for (const char* name : {"ada", "bob", "cid"}) gallery.enrol(name, {person(name)});
    gallery.backup(backup);
  }
  Gallery open(const Anchor& anchor) {
    return Gallery::open(path, {.key = campus.key, .anchor = anchor});
  }
  Restoration restore(const Anchor& anchor) {
    return Gallery::restore(backup, path, {.key = campus.key, .anchor = anchor});
  }
  void take_away(const std::string& gallery) {
    for (const char* ending : {"", "-wal", "-shm", ".keyset"})
      std::filesystem::remove(gallery + ending);
  }
  void lose() { take_away(path); }
  Template person(const std::string& name) {
    const auto known = people.find(name);
    return known != people.end() ? known->second
                                 : people.emplace(name, campus.person()).first->second;
  }
  static Names names(const std::vector<SubjectId>& ids) {
    Names all;
    for (const SubjectId& id : ids) all.push_back(id.str());
    return all;
  }
  Names enrolled(const Anchor& anchor) { return names(open(anchor).subjects(9)); }

  Campus campus;
  std::map<std::string, Template> people;
  std::string path = campus.folder / "g";
  std::string backup = campus.folder / "backup";
  std::string ledger = campus.folder / "anchor.revoked";
  Anchor file = Anchor::file(campus.folder / "anchor");
  Register memory;
};

}  // namespace morgiana
