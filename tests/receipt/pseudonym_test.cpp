#include <gtest/gtest.h>

#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

struct Pseudonyms : ::testing::Test {
  Pseudonyms() {
    campus.gallery.enrol("ada", {campus.person()});
    campus.gallery.enrol("bob", {campus.person()});
  }
  std::string of(const char* subject, const char* party = "cafeteria") const {
    return campus.gallery.pseudonym(subject, party);
  }
  Campus campus;
};

TEST_F(Pseudonyms, TellSubjectsAndRelyingPartiesApart) {
  EXPECT_EQ(of("ada").size(), 43U);
  EXPECT_EQ(of("ada"), of("ada"));
  EXPECT_NE(of("ada"), of("bob"));
  EXPECT_NE(of("ada"), of("ada", "library"));
  Campus other;
  other.gallery.enrol("ada", {other.person()});
  EXPECT_NE(of("ada"), other.gallery.pseudonym("ada", "cafeteria"));
}

TEST_F(Pseudonyms, StayWhenKeysAreRotatedAndTheGalleryIsOpenedAgain) {
  const std::string before = of("ada");
  campus.gallery.rotate_keys();
  campus.gallery.purge();
  EXPECT_EQ(of("ada"), before);
  campus.reopen();
  EXPECT_EQ(of("ada"), before);
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key});
  EXPECT_EQ(beside.pseudonym("ada", "cafeteria"), before);
}

TEST_F(Pseudonyms, AreOthersAfterAnUpdateARenewalAndAnEnrolmentAnew) {
  const std::string first = of("ada");
  campus.gallery.update("ada", std::vector{campus.person()});
  const std::string updated = of("ada");
  EXPECT_NE(updated, first);
  campus.gallery.renew();
  const std::string renewed = of("ada");
  EXPECT_NE(renewed, updated);
  EXPECT_NE(renewed, first);
  campus.gallery.remove("ada");
  campus.gallery.enrol("ada", {campus.person()});
  const std::string anew = of("ada");
  EXPECT_NE(anew, renewed);
  EXPECT_NE(anew, first);
}

TEST_F(Pseudonyms, AreOfWhoIsEnrolled) {
  campus.gallery.remove("ada");
  EXPECT_ERRC(of("ada"), Errc::unknown_subject);
  EXPECT_ERRC(of("bob", ""), Errc::invalid_argument);
  EXPECT_ERRC(of("bob", "caf\xC3\xA9"), Errc::invalid_argument);
  campus.gallery.close();
  EXPECT_ERRC(of("bob"), Errc::closed);
}

}  // namespace
}  // namespace morgiana
