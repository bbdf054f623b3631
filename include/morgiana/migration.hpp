#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "morgiana/decision.hpp"
#include "morgiana/error.hpp"
#include "morgiana/execution.hpp"
#include "morgiana/export.hpp"
#include "morgiana/gallery.hpp"
#include "morgiana/subject_id.hpp"
#include "morgiana/template.hpp"
#include "morgiana/types.hpp"

namespace morgiana {

/// What must hold before a migration grants, and before it enrols. Without rules: a pass has no
/// context.
struct MigrationPolicy {
  Policy older;
  Policy newer;
  /// Least score by the older model with which somebody is enrolled by the newer one, at least
  /// older.accept; unset is refused. An impostor who is accepted by chance gets in once, one who is
  /// enrolled whenever he comes.
  Threshold enrol_at;
  float enrol_margin = 0.0F;  // least lead then, over everybody enrolled; at least older.margin
};

/// Of one pass, for both galleries.
struct PassOptions {
  Cohorts cohorts = {};                 // IdentifyOptions::cohorts
  std::vector<SubjectId> exclude = {};  // IdentifyOptions::exclude
  std::string caller = {};              // IdentifyOptions::caller
  Execution execution = {};
};

/// What a pass did for the newer gallery. Values are appended, never renumbered.
enum class Reenrolment {
  nobody = 1,         // the pass granted nobody
  enrolled,           // by this pass: durable (Sync), and found by every later search
  already,            // the newer gallery has the subject
  too_weak,           // the older score or lead is too small for enrol_at and enrol_margin
  resembles_another,  // the new template reaches newer.accept with another subject
  withheld,           // subjects whose RefusalBudget is spent were not compared: maybe it is one
  changed,            // the older gallery removed or updated the subject meanwhile
  failed,             // Pass::error says why
};

constexpr std::string_view name(Reenrolment reenrolment) noexcept {
  switch (reenrolment) {
    case Reenrolment::nobody: return "nobody";
    case Reenrolment::enrolled: return "enrolled";
    case Reenrolment::already: return "already";
    case Reenrolment::too_weak: return "too_weak";
    case Reenrolment::resembles_another: return "resembles_another";
    case Reenrolment::withheld: return "withheld";
    case Reenrolment::changed: return "changed";
    case Reenrolment::failed: return "failed";
  }
  return "unnamed";
}

/// The answer to one pass.
struct Pass {
  Decision decision;
  std::optional<ModelId> model;  // by which the subject was granted
  Reenrolment reenrolment = Reenrolment::nobody;
  /// Why the enrolment failed; with enrolled anchor_failed at most (Anchor).
  std::optional<Error> error = std::nullopt;
};

struct MigrationProgress {
  std::uint64_t num_migrated;  // subjects of the older gallery that the newer one has
  std::uint64_t num_all;       // subjects of the older gallery
};

/// From each gallery, where it had any of them.
struct MigrationRemoval {
  std::optional<Removal> older;
  std::optional<Removal> newer;
};

/// Two galleries of the same people, by the same ids, under two models, until the newer one knows
/// everybody: a face cannot be issued anew, and templates of two models cannot be compared, so each
/// person is enrolled by the newer model when the older one knows him.
/// Files:   none of its own. A crash leaves each subject in one gallery at least.
/// Threads: all verbs from many threads at once, and from several migrations of the same galleries,
///          but never one of them backwards, as both would wait for each other.
/// Errors of every verb: those of every verb of Gallery, of either one.
class MORGIANA_API Migration {
 public:
  /// Both galleries outlive it. `older` may follow another process, which then removes.
  /// Errors: invalid_argument (policy; galleries of one model); read_only (`newer` follows).
  Migration(Gallery& older, Gallery& newer, const MigrationPolicy& policy);

  /// One pass of a person: templates of the same photograph, by both models. Whom the newer gallery
  /// grants is granted, else whom the older one does; where they grant different subjects it is
  /// models_disagree. Where neither grants, the answer is denied only if no search left it open.
  /// Whom the older one alone grants is enrolled in the newer, with the cohorts that it has there,
  /// once enrol_at and enrol_margin are reached over everybody, whatever the options leave out. A
  /// failure of that is no error: the door is not shut because a disk is full.
  /// Errors: model_mismatch; invalid_argument (options); deadline_exceeded; executor_failed; and,
  /// where somebody was removed meanwhile and could not be taken out again, why not.
  /// Cost:   identify in both; once a subject another one in `older`, and one in `newer` for which
  ///         other changes wait.
  Pass identify(const Template& older_probe, const Template& newer_probe,
                const PassOptions& options = {});

  /// Revokes subjects in both galleries: nobody who was removed comes in by the other one. No pass
  /// that goes on meanwhile leaves them behind. To remove from `older` alone, when the newer
  /// gallery has the subject, revokes nothing. Errors: unknown_subject (one that neither has:
  /// nobody was removed); invalid_argument (no subject); read_only (`older` follows). Of any other,
  /// remove them again: out of the older gallery they may be already.
  MigrationRemoval remove(std::span<const SubjectId> subjects);
  MigrationRemoval remove(const SubjectId& subject);

  /// How far it has come, page by page. Cost: some 10 µs a subject of `older`.
  MigrationProgress progress() const;
  /// Ids of the older gallery that the newer one does not have, in ascending order of their bytes,
  /// behind `after`, `limit` at most: whom to call in. Cost: as progress.
  std::vector<SubjectId> remaining(std::size_t limit, const std::string& after = {}) const;

 private:
  Gallery* older_;
  Gallery* newer_;
  MigrationPolicy policy_;
  ModelId older_model_;
  ModelId newer_model_;
};

}  // namespace morgiana
