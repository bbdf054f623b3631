#include "morgiana/gallery.hpp"

#include <array>
#include <utility>

#include "gallery/anchor_newest.hpp"
#include "gallery/backup.hpp"
#include "gallery/calibrate.hpp"
#include "gallery/check.hpp"
#include "gallery/compact.hpp"
#include "gallery/enrol.hpp"
#include "gallery/enrolled.hpp"
#include "gallery/erasure_receipt.hpp"
#include "gallery/follow.hpp"
#include "gallery/identify.hpp"
#include "gallery/impl.hpp"
#include "gallery/open.hpp"
#include "gallery/pseudonym.hpp"
#include "gallery/purge.hpp"
#include "gallery/remove.hpp"
#include "gallery/renew.hpp"
#include "gallery/restore.hpp"
#include "gallery/rotate_keys.hpp"
#include "gallery/verify.hpp"
#include "index/model.hpp"
#include "kernels/dispatch.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"
#include "store/file_system.hpp"
#include "types/hex.hpp"

namespace morgiana {

namespace {

/// A handle that was moved from is closed.
template <class Impl>
const Impl& present(const std::shared_ptr<Impl>& impl) {
  if (impl == nullptr) throw Error(Errc::closed, "the gallery was moved to another handle");
  return *impl;
}

/// Where a gallery is that is there. Errors: not_found; storage_failed (a network).
GalleryPaths existing(const std::string& path) {
  kernels::chosen();  // a tier that cannot run is refused before anything is read
  GalleryPaths paths(path);
  if (!store::exists(paths.database)) {
    throw Error(Errc::not_found, "there is no gallery " + path);
  }
  store::refuse_network(paths.database);
  return paths;
}

/// Runs a verb that reads on what is committed by now, in this process or the one that is followed.
template <class Impl, class Verb>
auto newest(const std::shared_ptr<Impl>& impl, Verb verb) {
  return present(impl).with_parts([&](Parts& parts) {
    catch_up(parts);
    return verb(parts);
  });
}

}  // namespace

Gallery::Gallery(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gallery::Gallery(Gallery&&) noexcept = default;
Gallery& Gallery::operator=(Gallery&&) noexcept = default;
Gallery::~Gallery() = default;

Gallery Gallery::create(const std::string& path, const CreateOptions& options) {
  index::validate(options.model);
  kernels::chosen();  // a tier that cannot run is refused before anything is written
  const GalleryPaths paths(path);
  refuse_create(paths, options);
  store::FileLock lock(paths.lock);
  create_files(paths, options);
  try {
    auto parts = open_parts(paths, std::move(lock),
                            {.key = options.key,
                             .memory = options.memory,
                             .sync = options.sync,
                             .refusals = options.refusals});
    if (options.anchor) morgiana::set_anchor(*parts, *options.anchor);
    return Gallery(std::make_shared<Impl>(std::move(parts)));
  } catch (...) {
    discard_files(paths);
    throw;
  }
}

Gallery Gallery::open(const std::string& path, const OpenOptions& options) {
  const GalleryPaths paths = existing(path);
  store::Database::open(paths.database);  // what is no gallery gets no lock file beside it
  store::FileLock lock(paths.lock);
  return Gallery(std::make_shared<Impl>(open_parts(paths, std::move(lock), options)));
}

Gallery Gallery::follow(const std::string& path, const OpenOptions& options) {
  return Gallery(std::make_shared<Impl>(follow_parts(existing(path), options)));
}

void Gallery::enrol(std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  present(impl_).with_parts([&](Parts& parts) { morgiana::enrol(parts, enrolments, options); });
}

void Gallery::enrol(const SubjectId& subject, std::span<const Template> references) {
  const std::array one{Enrolment{subject, {references.begin(), references.end()}}};
  enrol(one);
}

void Gallery::enrol(const SubjectId& subject, std::initializer_list<Template> references) {
  enrol(subject, std::span(references.begin(), references.size()));
}

Erasure Gallery::update(std::span<const Enrolment> enrolments, const EnrolOptions& options) {
  return present(impl_).with_parts(
      [&](Parts& parts) { return morgiana::update(parts, enrolments, options); });
}

Erasure Gallery::update(const SubjectId& subject, std::span<const Template> references) {
  const std::array one{Enrolment{subject, {references.begin(), references.end()}}};
  return update(one);
}

Identification Gallery::identify(const Template& probe, const IdentifyOptions& options,
                                 const Execution& execution) const {
  return std::move(identify(std::span(&probe, 1), options, execution).front());
}

std::vector<Identification> Gallery::identify(std::span<const Template> probes,
                                              const IdentifyOptions& options,
                                              const Execution& execution) const {
  return newest(
      impl_, [&](Parts& parts) { return morgiana::identify(parts, probes, options, execution); });
}

Verification Gallery::verify(const SubjectId& claimed, const Template& probe,
                             const VerifyOptions& options) const {
  return newest(impl_,
                [&](Parts& parts) { return morgiana::verify(parts, claimed, probe, options); });
}

Removal Gallery::remove(std::span<const SubjectId> subjects) {
  return present(impl_).with_parts([&](Parts& parts) { return morgiana::remove(parts, subjects); });
}

Removal Gallery::remove(const SubjectId& subject) {
  return remove(std::span(&subject, 1));
}

void Gallery::compact() {
  present(impl_).with_parts([](Parts& parts) { morgiana::compact(parts); });
}

KeyRotation Gallery::rotate_keys(const RotateOptions& options) {
  return present(impl_).with_parts(
      [&](Parts& parts) { return morgiana::rotate_keys(parts, options); });
}

Purge Gallery::purge(const RotateOptions& options) {
  return present(impl_).with_parts([&](Parts& parts) { return morgiana::purge(parts, options); });
}

Renewal Gallery::renew(const RenewOptions& options) {
  return present(impl_).with_parts([&](Parts& parts) { return morgiana::renew(parts, options); });
}

ErasureReceipt Gallery::erasure_receipt(std::uint64_t commit) const {
  return newest(impl_, [&](Parts& parts) {
    return morgiana::erasure_receipt(parts, parts.database.snapshot(), commit);
  });
}

std::string Gallery::receipt_key() const {
  return newest(impl_, [](const Parts& parts) { return morgiana::receipt_key(parts); });
}

void Gallery::change_key(const std::string& path, const KeySource& from, const KeySource& to) {
  morgiana::change_key(existing(path), from, to);
}

void Gallery::set_anchor(const Anchor& anchor) {
  present(impl_).with_parts([&](Parts& parts) {
    const std::lock_guard turn(parts.write_turn);
    morgiana::set_anchor(parts, anchor);
  });
}

void Gallery::backup(const std::string& path, const BackupOptions& options) const {
  newest(impl_, [&](Parts& parts) { morgiana::backup(parts, path, options); });
}

Restoration Gallery::restore(const std::string& backup, const std::string& path,
                             const RestoreOptions& options) {
  return morgiana::restore(existing(backup), GalleryPaths(path), options);
}

CheckReport Gallery::check(const std::string& path, const OpenOptions& options) {
  return check_gallery(existing(path), options);
}

void Gallery::flush() {
  present(impl_).with_parts([](Parts& parts) {
    const std::lock_guard turn(parts.write_turn);
    parts.database.flush();
    anchor_newest(parts);
  });
}

std::vector<SubjectId> Gallery::subjects(std::size_t limit, const std::string& after) const {
  return present(impl_).with_parts(
      [&](Parts& parts) { return morgiana::subjects(parts, limit, after); });
}

std::string Gallery::pseudonym(const SubjectId& subject, std::string_view relying_party) const {
  return newest(impl_,
                [&](Parts& parts) { return morgiana::pseudonym(parts, subject, relying_party); });
}

bool Gallery::contains(const SubjectId& subject) const {
  return newest(impl_,
                [&](Parts& parts) { return find_newest(parts, subject).subject.has_value(); });
}

std::optional<EnrolledSubject> Gallery::enrolled(const SubjectId& subject) const {
  return newest(impl_, [&](Parts& parts) -> std::optional<EnrolledSubject> {
    const std::optional<Enrolled> found = find_newest(parts, subject).subject;
    if (!found) return std::nullopt;
    return EnrolledSubject{.cohorts = {found->cohorts},
                           .num_references = found->num_references,
                           .enrolled_at_s = found->enrolled_at_s,
                           .enrolment = found->subject_key};
  });
}

GalleryCalibration Gallery::calibrate(const CalibrateOptions& options) const {
  return present(impl_).with_parts(
      [&](Parts& parts) { return morgiana::calibrate(parts, options); });
}

Stats Gallery::stats() const {
  return newest(impl_, [](const Parts& parts) {
    const CommitHead head = parts.committed();
    const auto view = parts.index.view();
    const auto is_enrolled = [&](std::uint64_t subject_key) {
      return num_references(*view, subject_key) > 0;
    };
    const Refusals::Totals refusals =
        parts.refusals == nullptr ? Refusals::Totals{} : parts.refusals->today(is_enrolled);
    return Stats{.model = parts.vault.gallery().model,
                 .id = dashed(parts.vault.gallery().uuid),
                 .num_subjects = head.num_subjects,
                 .num_references = head.num_references,
                 .num_pending_erasures = parts.database.snapshot().num_pending_erasures(),
                 .num_refusals_today = refusals.num_refusals,
                 .num_withheld = refusals.num_withheld,
                 .num_wrapping_keys = parts.vault.keys().current()->num_wrapping_keys(),
                 .index_bytes = view->bytes(),
                 .file_bytes = parts.database.file_bytes() + store::size_of(parts.paths.keyset),
                 .tier = parts.kernels.name};
  });
}

void Gallery::close() {
  if (impl_ != nullptr) impl_->close();
}

}  // namespace morgiana
