#pragma once

#include <CLI/CLI.hpp>

namespace morgiana::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kRefused = 1;
inline constexpr int kUsage = 2;
inline constexpr int kFailed = 3;

/// Each adds its verb. When the whole line is understood the verb runs and sets `status`;
/// what goes wrong then is a morgiana::Error, thrown before anything is printed; of migrate, before
/// anything is of the pass that goes wrong.
void add_create(CLI::App& app, int& status);
void add_enrol(CLI::App& app, int& status);
void add_update(CLI::App& app, int& status);
void add_identify(CLI::App& app, int& status);
void add_verify(CLI::App& app, int& status);
void add_remove(CLI::App& app, int& status);
void add_list(CLI::App& app, int& status);
void add_info(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_backup(CLI::App& app, int& status);
void add_restore(CLI::App& app, int& status);
void add_compact(CLI::App& app, int& status);
void add_change_key(CLI::App& app, int& status);
void add_rotate_keys(CLI::App& app, int& status);
void add_purge(CLI::App& app, int& status);
void add_renew(CLI::App& app, int& status);
void add_erasure_receipt(CLI::App& app, int& status);
void add_set_anchor(CLI::App& app, int& status);
void add_migrate(CLI::App& app, int& status);
void add_evaluate(CLI::App& app, int& status);
void add_calibrate(CLI::App& app, int& status);
void add_calibrate_gallery(CLI::App& app, int& status);
void add_calibrate_log(CLI::App& app, int& status);
void add_signer_key(CLI::App& app, int& status);
void add_audit(CLI::App& app, int& status);

}  // namespace morgiana::cli
