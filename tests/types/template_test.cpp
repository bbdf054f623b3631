#include "morgiana/template.hpp"

#include <cmath>
#include <limits>

#include "errors.hpp"
#include "random.hpp"

namespace morgiana {
namespace {

const ModelId kModel{"test", 129};

Template make(const test::Vector& values) {
  return {kModel, values};
}

TEST(Template, HasUnitNormWhateverTheScale) {
  test::Vectors vectors(129, 1);
  for (const float scale : {1e-30F, 1e-3F, 1.0F, 1e6F, 1e30F}) {
    test::Vector values = vectors.gaussian();
    for (float& value : values) value *= scale;
    const Template made = make(values);
    const test::Vector unit(made.values().begin(), made.values().end());
    EXPECT_NEAR(test::dot(unit, unit), 1.0, 0x1p-20);
  }
}

TEST(Template, KeepsAUnitVectorBitForBit) {
  test::Vectors vectors(129, 2);
  for (int i = 0; i < 100; ++i) {
    const Template once = make(vectors.gaussian());
    const Template twice(kModel, once.values());
    EXPECT_TRUE(std::equal(once.values().begin(), once.values().end(), twice.values().begin()));
  }
}

TEST(Template, RefusesWhatIsNotAVectorOfTheModel) {
  test::Vector values = test::Vectors(129, 3).gaussian();
  EXPECT_ERRC(make(test::Vector(128, 1.0F)), Errc::dim_mismatch);
  EXPECT_ERRC(make(test::Vector(129, 0.0F)), Errc::zero_norm);
  EXPECT_ERRC(make(test::Vector(129, 1e-40F)), Errc::zero_norm);  // subnormal is zero
  values[128] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERRC(make(values), Errc::not_finite);
  values[128] = -std::numeric_limits<float>::infinity();
  EXPECT_ERRC(make(values), Errc::not_finite);
}

TEST(Template, RefusesAModelThatCannotBe) {
  for (const ModelId& model : {ModelId{"", 129}, ModelId{"a b", 129}, ModelId{"é", 129},
                               ModelId{std::string(65, 'a'), 129}}) {
    EXPECT_ERRC(Template(model, test::Vector(129, 1.0F)), Errc::invalid_argument);
  }
  EXPECT_ERRC(Template({"m", 31}, test::Vector(31, 1.0F)), Errc::invalid_argument);
  EXPECT_ERRC(Template({"m", 4097}, test::Vector(4097, 1.0F)), Errc::invalid_argument);
}

TEST(Template, ComparesWithItsOwnModelOnly) {
  const Template a = make(test::Vectors(129, 4).gaussian());
  EXPECT_NEAR(compare(a, a).cosine, 1.0F, 1e-6F);
  const Template other({"other", 129}, a.values());
  EXPECT_ERRC(compare(a, other), Errc::model_mismatch);
}

}  // namespace
}  // namespace morgiana
