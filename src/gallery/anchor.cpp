#include "morgiana/anchor.hpp"

#include <filesystem>
#include <utility>

#include "gallery/anchor_place.hpp"
#include "gallery/revocation_ledger.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "store/file_lock.hpp"

namespace morgiana {
namespace {

constexpr std::size_t kMostBytes = 4096;  // room to say that it is none

class AnchorFile : public Anchor::Place {
 public:
  explicit AnchorFile(std::string path)
      : name_("anchor " + path),
        path_(std::filesystem::absolute(path)),
        ledger_{[this](const Anchor::Value& entries) { append(entries); },
                [this] { return entries(); }} {}

  std::string name() const override { return name_; }

  Anchor::Value read() const override {
    return store::exists(path_) ? store::read_file(path_, kMostBytes) : Anchor::Value();
  }

  bool compare_and_swap(const Anchor::Value& expected, const Anchor::Value& next) const override {
    const store::FileLock turn(path_ + ".lock", store::LockFor::anchor);
    if (read() != expected) return false;
    store::replace_file(path_, next, store::Old::leave);
    return true;
  }

  const Anchor::Ledger* ledger() const override { return &ledger_; }

 private:
  void append(const Anchor::Value& entries) const {
    const store::FileLock turn(path_ + ".lock", store::LockFor::anchor);
    store::append_entries(ledger_path(), entries, RevocationLedger::kEntryBytes);
  }

  /// What a crash left of an entry is none.
  Anchor::Value entries() const {
    const store::FileLock turn(path_ + ".lock", store::LockFor::anchor);
    if (!store::exists(ledger_path())) return {};
    Bytes bytes = store::read_file(ledger_path(), store::size_of(ledger_path()));
    bytes.resize(bytes.size() - bytes.size() % RevocationLedger::kEntryBytes);
    return bytes;
  }

  std::string ledger_path() const { return path_ + ".revoked"; }

  std::string name_;
  std::string path_;  // of what is meant, whatever folder is the current one later
  Anchor::Ledger ledger_;
};

class AnchorCallback : public Anchor::Place {
 public:
  AnchorCallback(Anchor::Read read, Anchor::CompareAndSwap swap,
                 std::optional<Anchor::Ledger> ledger)
      : read_(std::move(read)), swap_(std::move(swap)), ledger_(std::move(ledger)) {}

  std::string name() const override { return "anchor of the caller"; }
  Anchor::Value read() const override { return read_(); }
  bool compare_and_swap(const Anchor::Value& expected, const Anchor::Value& next) const override {
    return swap_(expected, next);
  }
  const Anchor::Ledger* ledger() const override { return ledger_ ? &*ledger_ : nullptr; }

 private:
  Anchor::Read read_;
  Anchor::CompareAndSwap swap_;
  std::optional<Anchor::Ledger> ledger_;
};

}  // namespace

Anchor::Anchor(std::shared_ptr<const Place> place) : place_(std::move(place)) {}

Anchor Anchor::file(std::string path) {
  return Anchor(std::make_shared<AnchorFile>(std::move(path)));
}

Anchor Anchor::callback(Read read, CompareAndSwap compare_and_swap, std::optional<Ledger> ledger) {
  if (!read || !compare_and_swap) {
    throw Error(Errc::invalid_argument, "an anchor needs to be read and to be swapped");
  }
  if (ledger && (!ledger->append || !ledger->read)) {
    throw Error(Errc::invalid_argument, "the ledger of an anchor needs to be appended to and read");
  }
  return Anchor(std::make_shared<AnchorCallback>(std::move(read), std::move(compare_and_swap),
                                                 std::move(ledger)));
}

std::string Anchor::name() const {
  return place_->name();
}

}  // namespace morgiana
