#pragma once

namespace morgiana::store {

inline constexpr int kApplicationId = 0x4D52474E;  // "MRGN"
inline constexpr int kBusyTimeoutMs = 5000;

/// Settings that SQLite keeps per connection. No mapped memory: a bad sector must be an error
/// code, not a signal. No temporary file: it would hold what lies in the tables.
inline constexpr char kConnectionPragmas[] =
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;";

inline constexpr char kCreateSchema[] = R"sql(
CREATE TABLE gallery (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid BLOB NOT NULL,
  model_name TEXT NOT NULL,
  dim INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE subjects (
  subject_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL,
  cohorts INTEGER NOT NULL,
  enrolled_at INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  tag BLOB NOT NULL
) STRICT;
CREATE TABLE key_slots (
  row INTEGER PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;
CREATE TABLE refs (
  reference INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE commits (
  sequence INTEGER PRIMARY KEY,
  head BLOB NOT NULL
) STRICT;
CREATE TABLE erasures (
  subject_key INTEGER PRIMARY KEY,
  revoked_in INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL,
  erased_at INTEGER
) STRICT;
CREATE INDEX erasures_by_commit ON erasures (revoked_in);
CREATE INDEX erasures_pending ON erasures (subject_key) WHERE erased_at IS NULL;
)sql";

}  // namespace morgiana::store
