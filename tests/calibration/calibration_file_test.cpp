#include "morgiana/calibration_file.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "calibration/curves.hpp"
#include "errors.hpp"

using namespace morgiana;

namespace {

TEST(CalibrationFile, IsReadAsItWasWritten) {
  const Calibration calibration = test::falling();
  const std::string text = to_json(calibration);
  const Calibration again = parse_calibration(text, "it");
  EXPECT_EQ(to_json(again), text);
  EXPECT_EQ(again.evidence(), calibration.evidence());
  EXPECT_EQ(again.model(), calibration.model());
  EXPECT_EQ(again.curves()[1].points[2].fpir.bounds, calibration.curves()[1].points[2].fpir.bounds);

  const std::string path = testing::TempDir() + "calibration.json";
  std::ofstream(path) << text;
  EXPECT_EQ(to_json(load_calibration(path)), text);
  std::remove(path.c_str());
  EXPECT_EQ(test::thrown([&] { load_calibration(path); }), Errc::not_found);
}

TEST(CalibrationFile, RefusesEveryTextThatIsCutOrHasALetterTooMany) {
  const std::string text = to_json(Calibration({"net", 128}, test::some_evidence(), [] {
    CalibrationCurve curve = test::falling_curve();
    curve.points.resize(2);
    return std::vector{curve};
  }()));
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    EXPECT_EQ(test::thrown([&] { parse_calibration(text.substr(0, i), "it"); }),
              Errc::bad_calibration)
        << i;
  }
  EXPECT_EQ(test::thrown([&] { parse_calibration(text + "x", "it"); }), Errc::bad_calibration);
  EXPECT_EQ(test::thrown([&] { parse_calibration(std::string(17U << 20U, ' '), "it"); }),
            Errc::bad_calibration);
}

TEST(CalibrationFile, SaysWhatIsWrongAndWhere) {
  const std::string text = to_json(test::falling());
  const auto refused = [&](const std::string& what, const std::string& by) {
    std::string changed = text;
    const std::size_t at = changed.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    changed.replace(at, what.size(), by);
    try {
      parse_calibration(changed, "c.json");
      return std::string("nothing");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(refused("\"num_images\"", "\"num_pictures\""),
            "c.json:7: evidence.num_images: is missing");
  EXPECT_EQ(refused("\"format\": 1", "\"format\": 1, \"more\": 1"),
            "c.json:2: more: is not a field that is known here");
  EXPECT_EQ(refused("\"format\": 1", "\"format\": 7"),
            "c.json:2: format: is 7, this build reads up to 1");
  EXPECT_EQ(refused("\"num_probes\": 1", "\"num_probes\": 1, \"num_probes\": 1"),
            "c.json:18: the field num_probes is there twice");
  EXPECT_EQ(refused("\"num_probes\": 1", "\"num_probes\": 1.5"),
            "c.json:18: curves[0].num_probes: is a whole number from 0 to 4294967295, got 1.5");
}

}  // namespace
