#include <mutex>
#include <utility>

#include "morgiana/error.hpp"
#include "morgiana/receipt_log.hpp"
#include "receipt/auditor.hpp"
#include "receipt/claims.hpp"
#include "receipt/log_state.hpp"
#include "receipt/signer.hpp"
#include "store/append_file.hpp"
#include "store/durable_file.hpp"
#include "store/file_lock.hpp"
#include "store/line_reader.hpp"
#include "store/state_file.hpp"
#include "types/own_process.hpp"

namespace morgiana {
namespace {

using receipt::LogState;

struct LogPaths {
  explicit LogPaths(const std::string& path) : log(path), state(path + ".state") {
    if (path.empty() || path.find('\0') != std::string::npos) {
      throw Error(Errc::invalid_argument, "the path of a log is empty or has a zero byte");
    }
  }
  store::FileLock lock() const { return store::FileLock(log + ".lock", store::LockFor::receipts); }

  std::string log;
  std::string state;
};

/// Reads a log, and holds it against the state that is known of it.
class LogReader {
 public:
  LogReader(const std::string& path, const std::string& jwk, const LogState& known)
      : path_(path), known_(known), auditor_(receipt::KeyList({{std::string(), jwk}})) {}

  /// The state that the log is in: the one that is known, or one that a crash has left, some lines
  /// later. Errors: as ReceiptLog::open.
  LogState read() {
    store::LineReader reader(path_, kMaxReceiptBytes);
    if (const std::optional<std::uint64_t> num_lines = known_lines(reader)) {
      const AuditReport first = auditor_.report();
      auditor_.resume({.log = first.log,
                       .issuer = first.issuer,
                       .num_receipts = known_.num_receipts,
                       .num_checkpoints = *num_lines - known_.num_receipts,
                       .num_unsealed = known_.num_unsealed},
                      known_.last_digest);
      now_ = known_;
      verify(reader);
    } else {  // from the first line, to say which is wrong
      auditor_.resume({}, receipt::digest_of_no_line());
      store::LineReader again(path_, kMaxReceiptBytes);
      if (!verify(again)) refuse();
    }
    return now_;
  }

  const std::string& issuer() const noexcept { return auditor_.report().issuer; }

 private:
  /// How many lines there are up to where the state knows the log, if they are the ones: their
  /// digests say so, and the first line's signature whose log it is.
  std::optional<std::uint64_t> known_lines(store::LineReader& reader) {
    LogState found{known_.log, known_.num_receipts, known_.num_unsealed, 0, {}, {}};
    std::uint64_t num_lines = 0;
    while (found.num_bytes < known_.num_bytes) {
      const auto line = reader.next();
      if (!line || !line->is_whole) return std::nullopt;
      if (num_lines == 0 && auditor_.take(line->text)) return std::nullopt;
      found.take(line->text);
      ++num_lines;
    }
    if (found != known_ || num_lines < known_.num_receipts) return std::nullopt;
    return num_lines;
  }

  /// Verifies the lines that are left. Whether the log was in the known state at one of them.
  bool verify(store::LineReader& reader) {
    bool was_as_known = false;
    for (auto line = reader.next(); line; line = reader.next()) {
      if (!line->is_whole) {
        check_torn(line->text);
        break;
      }
      if (const auto wrong = auditor_.take(line->text)) refuse_line(*wrong);
      now_.log = auditor_.report().log;
      now_.num_receipts = auditor_.report().num_receipts;
      now_.num_unsealed = auditor_.report().num_unsealed;
      now_.take(line->text);
      was_as_known |= now_ == known_;
    }
    return was_as_known;
  }

  /// What a crash left of a line that nobody was given is short of one.
  void check_torn(std::string_view text) const {
    if (text.size() > kMaxReceiptBytes) refuse_line("is longer than any receipt");
  }

  [[noreturn]] void refuse() const {
    const bool is_that_log = now_.log.empty() || now_.log == known_.log;
    if (is_that_log && now_.num_bytes < known_.num_bytes) {
      throw Error(Errc::rolled_back, path_ + " ends behind receipt " +
                                         std::to_string(now_.num_receipts) + ", there were " +
                                         std::to_string(known_.num_receipts) +
                                         ": its end was cut off, or an older copy is in its place");
    }
    throw Error(Errc::not_authentic, path_ + " is not the log that " + path_ + ".state knows");
  }

  [[noreturn]] void refuse_line(const std::string& why) const {
    throw Error(Errc::not_authentic,
                path_ + " line " + std::to_string(auditor_.num_lines() + 1) + " " + why);
  }

  std::string path_;
  LogState known_;
  LogState now_;
  receipt::Auditor auditor_;
};

}  // namespace

class ReceiptLog::Impl {
 public:
  /// Of a log that is there. Errors: as ReceiptLog::open.
  Impl(LogPaths paths, store::FileLock lock, std::shared_ptr<const ReceiptSigner::Impl> signer,
       const ReceiptLogOptions& options)
      : paths_(std::move(paths)),
        lock_(std::move(lock)),
        signer_(std::move(signer)),
        options_(options),
        file_(paths_.log),
        states_(std::make_unique<store::StateFile>(paths_.state)) {
    const seal::SecretKey key = signer_->source().log_key();
    LogReader reader(paths_.log, signer_->public_key(), LogState::decode(key, states_->read()));
    state_ = reader.read();
    if (reader.issuer() != signer_->issuer()) {
      throw Error(Errc::invalid_argument, paths_.log + " is of issuer " + reader.issuer() +
                                              ", the signer of " + signer_->issuer());
    }
    file_.cut(state_.num_bytes);
    states_->write(state_.encode(key), store::StateFile::Sync::now);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    // The database belongs to the process that opened it; in another one no gallery signs.
    if (process_.is_forked()) static_cast<void>(states_.release());
  }

  std::string sign(const Decision& decision, const ReceiptRequest& request) {
    const std::lock_guard turn(mutex_);
    refuse_if_in_doubt();
    std::string jws = signer_->sign(
        decision, request, ReceiptSigner::Impl::Place{state_.num_receipts + 1, state_.last_digest});
    append(jws, state_.num_receipts + 1, state_.num_unsealed + 1);
    if (state_.num_unsealed >= options_.checkpoint_every) seal();
    return jws;
  }

  std::string checkpoint() {
    const std::lock_guard turn(mutex_);
    refuse_if_in_doubt();
    return append_checkpoint();
  }

  std::uint64_t num_receipts() const {
    const std::lock_guard turn(mutex_);
    return state_.num_receipts;
  }

 private:
  void refuse_if_in_doubt() const {
    if (!is_in_doubt_) return;
    throw Error(Errc::storage_failed,
                "an earlier write beside " + paths_.log + " failed; open the log again");
  }

  /// The receipt that came before it is in the log, and its caller is to have it.
  void seal() {
    try {
      append_checkpoint();
    } catch (const Error&) {
      // The next call says what is wrong, or makes up for it.
    }
  }

  std::string append_checkpoint() {
    std::string jws = signer_->sign(receipt::Checkpoint{.log = state_.log,
                                                        .issuer = {},
                                                        .num_receipts = state_.num_receipts,
                                                        .previous_sha256 = state_.last_digest});
    append(jws, state_.num_receipts, 0);
    return jws;
  }

  /// First the line, then that it is there: a state that is older is made up for when the log is
  /// opened, and one that is newer means that a line was taken away.
  void append(const std::string& line, std::uint64_t num_receipts, std::uint64_t num_unsealed) {
    if (line.size() > kMaxReceiptBytes) {
      throw Error(Errc::limit_reached, "a receipt would have more than 8192 bytes");
    }
    const seal::SecretKey key = signer_->source().log_key();
    file_.append(line + "\n");
    is_in_doubt_ = true;
    state_.num_receipts = num_receipts;
    state_.num_unsealed = num_unsealed;
    state_.take(line);
    states_->write(state_.encode(key), store::StateFile::Sync::later);
    is_in_doubt_ = false;
  }

  OwnProcess process_;
  mutable std::mutex mutex_;
  LogPaths paths_;
  store::FileLock lock_;
  std::shared_ptr<const ReceiptSigner::Impl> signer_;
  ReceiptLogOptions options_;
  store::AppendFile file_;
  std::unique_ptr<store::StateFile> states_;
  LogState state_;
  bool is_in_doubt_ = false;
};

namespace {

void check(const ReceiptLogOptions& options) {
  if (options.checkpoint_every == 0) {
    throw Error(Errc::invalid_argument, "checkpoint_every is 0, and 1 at least");
  }
}

/// The first line says whose log it is, and gives it an id.
void create_files(const LogPaths& paths, const ReceiptSigner::Impl& signer) {
  const std::string log = receipt::random_id();
  const std::string line =
      signer.sign(receipt::Checkpoint{.log = log,
                                      .issuer = {},
                                      .num_receipts = 0,
                                      .previous_sha256 = receipt::digest_of_no_line()});
  LogState state{.log = log};
  state.take(line);
  store::AppendFile::create(paths.log);
  try {
    store::AppendFile(paths.log).append(line + "\n");
    store::StateFile::create(paths.state, state.encode(signer.source().log_key()));
  } catch (...) {
    store::remove_file(paths.log);
    throw;
  }
}

}  // namespace

ReceiptLog::ReceiptLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReceiptLog::ReceiptLog(ReceiptLog&&) noexcept = default;
ReceiptLog& ReceiptLog::operator=(ReceiptLog&&) noexcept = default;
ReceiptLog::~ReceiptLog() = default;

ReceiptLog ReceiptLog::create(const std::string& path, const ReceiptSigner& signer,
                              const ReceiptLogOptions& options) {
  check(options);
  LogPaths paths(path);
  store::FileLock lock = paths.lock();
  create_files(paths, *signer.impl_);
  return ReceiptLog(
      std::make_unique<Impl>(std::move(paths), std::move(lock), signer.impl_, options));
}

ReceiptLog ReceiptLog::open(const std::string& path, const ReceiptSigner& signer,
                            const ReceiptLogOptions& options) {
  check(options);
  LogPaths paths(path);
  for (const std::string& file : {paths.log, paths.state}) {
    if (!store::exists(file)) throw Error(Errc::not_found, "there is no " + file);
  }
  store::FileLock lock = paths.lock();
  return ReceiptLog(
      std::make_unique<Impl>(std::move(paths), std::move(lock), signer.impl_, options));
}

std::string ReceiptLog::sign(const Decision& decision, const ReceiptRequest& request) {
  return present().sign(decision, request);
}

std::string ReceiptLog::checkpoint() {
  return present().checkpoint();
}

std::uint64_t ReceiptLog::num_receipts() const {
  return present().num_receipts();
}

ReceiptLog::Impl& ReceiptLog::present() const {
  if (impl_ == nullptr) throw Error(Errc::closed, "the log was closed, or moved");
  return *impl_;
}

void ReceiptLog::close() {
  impl_.reset();
}

}  // namespace morgiana
