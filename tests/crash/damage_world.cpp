#include "crash/damage_world.hpp"

#include <iterator>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

#include <sqlite3.h>

namespace morgiana::test {
namespace {

/// A reader, for which a log keeps all that is committed after it came.
class Pin {
 public:
  explicit Pin(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK ||
        sqlite3_exec(handle_, "BEGIN; SELECT id FROM gallery", nullptr, nullptr, nullptr) !=
            SQLITE_OK) {
      throw std::runtime_error(path + ": " + sqlite3_errmsg(handle_));
    }
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() { sqlite3_close(handle_); }

 private:
  sqlite3* handle_ = nullptr;
};

/// Random changes of a gallery.
class Life {
 public:
  Life(std::string path, const KeySource& key, std::uint64_t seed, std::uint64_t first_person)
      : path_(std::move(path)), key_(key), random_(seed), num_people_(first_person) {
    Gallery::create(path_, {People::model(), key_}).close();
    gallery_ = Gallery::open(path_, {.key = key_});
  }

  void grow(std::size_t num_subjects) {
    while (states_.back().size() < num_subjects) enrol();
  }

  void change(std::size_t num_changes) {
    for (std::size_t i = 0; i < num_changes; ++i) {
      const std::uint64_t what = random_() % 4;
      if (what == 0) {
        remove();
      } else if (what == 1) {
        update();
      } else {
        enrol();
      }
    }
  }

  Files files() const { return read_files(path_); }

  Files files_when_closed() {
    gallery_->close();
    Files closed = files();
    gallery_ = Gallery::open(path_, {.key = key_});
    return closed;
  }

  /// Of a gallery that was just opened, and how it went on from there.
  Image with_log(std::size_t num_changes) {
    const auto first = static_cast<std::ptrdiff_t>(states_.size() - 1);
    const Pin pin(path_);
    change(num_changes);
    Image image{files(), {states_.begin() + first, states_.end()}};
    if (num_commits(image.files.at("-wal")) != num_changes) {
      throw std::logic_error("the log is not a transaction a change");
    }
    return image;
  }

  const std::vector<People::State>& states() const { return states_; }
  std::uint64_t num_people() const { return num_people_; }

 private:
  std::string somebody() {
    const People::State& state = states_.back();
    return std::next(state.begin(), static_cast<std::ptrdiff_t>(random_() % state.size()))->first;
  }

  /// Long, so that tables have several pages; an id may come back, as another person's.
  std::string nobody() {
    for (;;) {
      std::string id = std::string(220, 'x') + std::to_string(random_() % 100);
      if (!states_.back().contains(id)) return id;
    }
  }

  void enrol() {
    const std::string id = nobody();
    gallery_->enrol(id, People::references(++num_people_));
    note(id, num_people_);
  }

  void update() {
    const std::string id = somebody();
    gallery_->update(id, People::references(++num_people_));
    note(id, num_people_);
  }

  void remove() {
    const std::string id = somebody();
    gallery_->remove(id);
    states_.push_back(states_.back());
    states_.back().erase(id);
  }

  void note(const std::string& id, std::uint64_t person) {
    states_.push_back(states_.back());
    states_.back()[id] = person;
  }

  std::string path_;
  const KeySource& key_;
  std::mt19937_64 random_;
  std::uint64_t num_people_;
  std::optional<Gallery> gallery_;
  std::vector<People::State> states_{{}};
};

}  // namespace

World::World(std::uint64_t seed) : key(KeySource::create_file(folder / "key")) {
  constexpr std::size_t kNumSubjects = 50;
  constexpr std::size_t kNumChanges = 12;
  Life life(folder / "g", key, seed, 0);
  life.grow(kNumSubjects);
  donors.older.push_back(life.files_when_closed());
  life.change(kNumChanges);
  donors.older.push_back(life.files());
  life.change(kNumChanges);
  closed = {life.files_when_closed(), {life.states().back()}};
  open = life.with_log(kNumChanges);
  history = life.states();
  num_people = life.num_people();

  Life other(folder / "o", key, seed, kOtherPeople);
  other.grow(kNumSubjects);
  other.change(kNumChanges);
  donors.of_others.push_back(other.files());
  donors.of_others.push_back(other.files_when_closed());
}

}  // namespace morgiana::test
