#include <functional>
#include <new>
#include <utility>

#include "morgiana/error.hpp"
#include "store/database_impl.hpp"
#include "store/slot_blob.hpp"

namespace morgiana::store {

class Transaction::Impl {
 public:
  Impl(std::shared_ptr<Database::Impl> database, Sync sync)
      : database_(std::move(database)),
        turn_(database_->write_mutex),
        connection_(database_->writer),
        slots_(connection_, SlotBlob::Access::write) {
    database_->refuse_if_follower();
    database_->refuse_if_poisoned();
    database_->refuse_if_replaced();
    database_->set_sync(sync);
    connection_.run("BEGIN IMMEDIATE");
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (turn_.owns_lock()) end();
  }

  /// Runs one write. Where SQLite refuses it, all is rolled back at once: what a caller does after
  /// it must not be committed without it.
  template <class Write>
  void write(Write run) {
    if (!turn_.owns_lock()) {
      throw Error(Errc::storage_failed,
                  "a write to " + database_->path + " came after its transaction had ended");
    }
    try {
      run();
    } catch (const SqliteError& error) {
      if (error.leaves_doubt()) database_->poisoned = true;
      end();
      throw;
    } catch (const std::bad_alloc&) {  // ours, or SQLite's
      end();
      throw;
    }
  }

  void commit() {
    write([&] {
      slots_.close();
      connection_.run("COMMIT", "committing to");
    });
    end();
  }

  Statement statement(std::string_view sql) const { return {connection_, sql}; }
  const Connection& connection() const { return connection_; }
  SlotBlob& slots() { return slots_; }

  Statement& insert_subject() {
    return cached(insert_subject_, "INSERT INTO subjects VALUES (?, ?, ?, ?, ?, ?, ?)");
  }
  Statement& insert_reference() {
    return cached(insert_reference_, "INSERT INTO refs VALUES (?, ?)");
  }

 private:
  /// Rolls back what was not committed and lets the next writer in.
  void end() noexcept {
    slots_.close();
    const bool is_active = sqlite3_get_autocommit(connection_.get()) == 0;
    if (is_active &&
        sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK) {
      database_->poisoned = true;
    }
    turn_.unlock();
  }

  Statement& cached(std::unique_ptr<Statement>& slot, std::string_view sql) {
    if (slot == nullptr) slot = std::make_unique<Statement>(connection_, sql);
    return *slot;
  }

  std::shared_ptr<Database::Impl> database_;
  std::unique_lock<std::mutex> turn_;
  const Connection& connection_;
  SlotBlob slots_;
  std::unique_ptr<Statement> insert_subject_;
  std::unique_ptr<Statement> insert_reference_;
};

Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Transaction Database::begin(Sync sync) {
  return Transaction(std::make_unique<Transaction::Impl>(impl_, sync));
}

void Transaction::insert_subject(const SubjectRow& subject) {
  impl_->write([&] {
    Statement& insert = impl_->insert_subject();
    insert.bind(1, subject.subject_key)
        .bind(2, std::string_view(subject.id))
        .bind(3, subject.generation)
        .bind(4, subject.cohorts)
        .bind(5, subject.enrolled_at_s)
        .bind(6, subject.slot)
        .bind(7, ByteView(subject.tag));
    try {
      insert.run();
    } catch (const SqliteError& error) {
      if (error.sqlite_code() != SQLITE_CONSTRAINT_UNIQUE) throw;
      throw Error(Errc::duplicate_subject, "subject '" + subject.id + "' is already enrolled");
    }
  });
}

void Transaction::insert_reference(std::uint64_t reference, ByteView sealed) {
  impl_->write([&] { impl_->insert_reference().bind(1, reference).bind(2, sealed).run(); });
}

void Transaction::delete_subject(std::uint64_t subject_key, std::uint64_t sequence,
                                 std::int64_t revoked_at_s) {
  impl_->write([&] {
    impl_->statement("DELETE FROM subjects WHERE subject_key = ?").bind(1, subject_key).run();
    if (sqlite3_changes(impl_->connection().get()) != 1) {
      throw Error(Errc::unknown_subject,
                  "subject number " + std::to_string(subject_key) + " is not enrolled");
    }
    impl_->statement("DELETE FROM refs WHERE reference BETWEEN ? AND ?")
        .bind(1, reference_key(subject_key, 0))
        .bind(2, reference_key(subject_key, kMaxReferenceNumber))
        .run();
  });
  note_revoked(subject_key, sequence, revoked_at_s);
}

void Transaction::note_revoked(std::uint64_t subject_key, std::uint64_t sequence,
                               std::int64_t revoked_at_s) {
  impl_->write([&] {
    impl_->statement("INSERT INTO erasures VALUES (?, ?, ?, NULL)")
        .bind(1, subject_key)
        .bind(2, sequence)
        .bind(3, revoked_at_s)
        .run();
  });
}

void Transaction::append_slot_row(std::span<const std::uint8_t, kSlotRowBytes> content) {
  impl_->write([&] {
    impl_->statement("INSERT INTO key_slots SELECT coalesce(max(row) + 1, 0), ? FROM key_slots")
        .bind(1, ByteView(content))
        .run();
  });
}

void Transaction::write_slot(std::uint64_t slot,
                             std::span<const std::uint8_t, kSlotBytes> content) {
  impl_->write([&] { impl_->slots().write(slot, content); });
}

void Transaction::append_head(std::uint64_t sequence, ByteView head) {
  impl_->write([&] {
    impl_->statement("INSERT INTO commits VALUES (?, ?)").bind(1, sequence).bind(2, head).run();
  });
}

void Transaction::finish_erasures(std::int64_t erased_at_s) {
  impl_->write([&] {
    impl_->statement("UPDATE erasures SET erased_at = ? WHERE erased_at IS NULL")
        .bind(1, erased_at_s)
        .run();
  });
}

void Transaction::commit() {
  impl_->commit();
}

}  // namespace morgiana::store
