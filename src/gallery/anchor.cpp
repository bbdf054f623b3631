#include "morgiana/anchor.hpp"

#include <utility>

#include "gallery/anchor_place.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "store/file_lock.hpp"

namespace morgiana {
namespace {

constexpr std::size_t kMostBytes = 4096;  // room to say that it is none

class AnchorFile : public Anchor::Place {
 public:
  explicit AnchorFile(std::string path) : path_(std::move(path)) {}

  std::string name() const override { return "anchor " + path_; }

  Anchor::Value read() const override {
    return store::exists(path_) ? store::read_file(path_, kMostBytes) : Anchor::Value();
  }

  bool compare_and_swap(const Anchor::Value& expected, const Anchor::Value& next) const override {
    const store::FileLock turn(path_ + ".lock");
    if (read() != expected) return false;
    store::replace_file(path_, next, store::Old::leave);
    return true;
  }

 private:
  std::string path_;
};

class AnchorCallback : public Anchor::Place {
 public:
  AnchorCallback(Anchor::Read read, Anchor::CompareAndSwap swap)
      : read_(std::move(read)), swap_(std::move(swap)) {}

  std::string name() const override { return "anchor of the caller"; }
  Anchor::Value read() const override { return read_(); }
  bool compare_and_swap(const Anchor::Value& expected, const Anchor::Value& next) const override {
    return swap_(expected, next);
  }

 private:
  Anchor::Read read_;
  Anchor::CompareAndSwap swap_;
};

}  // namespace

Anchor::Anchor(std::shared_ptr<const Place> place) : place_(std::move(place)) {}

Anchor Anchor::file(std::string path) {
  return Anchor(std::make_shared<AnchorFile>(std::move(path)));
}

Anchor Anchor::callback(Read read, CompareAndSwap compare_and_swap) {
  if (!read || !compare_and_swap) {
    throw Error(Errc::invalid_argument, "an anchor needs to be read and to be swapped");
  }
  return Anchor(std::make_shared<AnchorCallback>(std::move(read), std::move(compare_and_swap)));
}

std::string Anchor::name() const {
  return place_->name();
}

}  // namespace morgiana
