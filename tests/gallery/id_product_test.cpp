#include "gallery/id_product.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace morgiana {
namespace {

using Ids = std::vector<std::pair<std::string, std::uint64_t>>;

std::uint64_t product_of(const Ids& ids, const IdProduct::Secrets& secrets) {
  IdProduct product(secrets);
  for (const auto& [id, key] : ids) {
    product.add({reinterpret_cast<const std::uint8_t*>(id.data()), id.size()}, key);
  }
  return product.value();
}

TEST(IdProduct, IsTheSameInAnyOrderAndInParts) {
  const IdProduct::Secrets secrets;
  const Ids some{{"ada", 1}, {std::string(256, 'x'), 2}, {"E-1042", 1ULL << 42}};
  const Ids turned(some.rbegin(), some.rend());
  EXPECT_EQ(product_of(some, secrets), product_of(turned, secrets));
  IdProduct whole(secrets);
  for (const auto& one : some) {
    IdProduct part(secrets);
    part.add({reinterpret_cast<const std::uint8_t*>(one.first.data()), one.first.size()},
             one.second);
    whole.join(part);
  }
  EXPECT_EQ(whole.value(), product_of(some, secrets));
}

TEST(IdProduct, DiffersInWhateverDiffers) {
  const std::string seven = "1234567";
  const std::string zero(1, '\0');
  const Ids first{{"ada", 1}, {"bob", 2}};
  const Ids others[] = {{{"ada", 2}, {"bob", 1}},  // exchanged
                        {{"ada", 1}},
                        {{"ada", 1}, {"bob", 2}, {"bob", 2}},
                        {{"ada", 1}, {"bo", 2}},
                        {{"ada", 1}, {"bob" + zero, 2}},
                        {{"ada", 1}, {"bobb", 2}},
                        {{seven + seven, 1}, {seven, 2}},
                        {{seven + seven, 2}, {seven, 1}},
                        {{seven + zero, 1}, {seven, 2}},
                        {{seven, 1}, {seven + zero, 2}}};
  const IdProduct::Secrets secrets;
  std::vector<std::uint64_t> seen{product_of(first, secrets)};
  for (const Ids& other : others) {
    const std::uint64_t product = product_of(other, secrets);
    for (const std::uint64_t one : seen) EXPECT_NE(product, one);
    seen.push_back(product);
  }
}

TEST(IdProduct, IsOfItsSecrets) {
  const Ids some{{"ada", 1}};
  EXPECT_NE(product_of(some, IdProduct::Secrets()), product_of(some, IdProduct::Secrets()));
}

}  // namespace
}  // namespace morgiana
