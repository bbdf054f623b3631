// How many references of LFW each depth of the code leaves, as the table of docs/numerics.md.

#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "index/exact_score.hpp"
#include "index/query.hpp"
#include "index/segment.hpp"
#include "index/kernel_args.hpp"
#include "kernels/dispatch.hpp"
#include "lfw.hpp"

namespace morgiana::bench {
namespace {

using kernels::kBlockRows;

constexpr std::size_t kProbeStride = 22;  // about 600 photographs, each against all

/// Every reference in one segment.
struct Coded {
  Coded(const std::vector<test::Vector>& all, std::uint32_t dim)
      : rotation(dim, std::array<std::uint8_t, 32>{}),
        segment({.dim = dim}, (all.size() + kBlockRows - 1) / kBlockRows),
        alive(segment.capacity_blocks) {
    index::Code code(dim);
    test::Vector rotated(dim);
    for (std::size_t row = 0; row < all.size(); ++row) {
      rotation.apply(all[row], rotated);
      index::encode(rotated, code);
      segment.put(row, {row, 1, code, all[row]});
      alive[row / kBlockRows] =
          static_cast<std::uint16_t>(alive[row / kBlockRows] | 1U << row % kBlockRows);
    }
  }

  index::Rotation rotation;
  index::Segment segment;
  std::vector<std::uint16_t> alive;
};

using Counts = std::array<std::uint64_t, kernels::kNumDepths>;

/// What each depth alone leaves; the residual's step needs the products of both planes.
void count(const Coded& coded, const index::Query& query, Counts& left) {
  const index::Segment& segment = coded.segment;
  const kernels::Codes codes = index::codes_of(segment, 0, segment.capacity_blocks);
  const kernels::QueryArgs args = index::args_of(query);
  const kernels::KernelTable& tier = kernels::chosen();
  std::vector<std::int32_t> products(codes.num_blocks * kBlockRows);
  const auto add = [](const std::vector<std::uint16_t>& masks, std::uint64_t& sum) {
    for (const std::uint16_t mask : masks) sum += static_cast<std::uint64_t>(std::popcount(mask));
  };
  std::vector<std::uint16_t> masks = coded.alive;
  if (segment.layout.has_signs()) {
    tier.narrow_signs(codes, args, masks.data());
    add(masks, left[kernels::kSigns]);
  }
  masks = coded.alive;
  tier.narrow_high(codes, args, masks.data());
  add(masks, left[kernels::kHighPlane]);
  masks = coded.alive;
  tier.narrow_both(codes, args, masks.data(), products.data());
  add(masks, left[kernels::kBothPlanes]);
  tier.narrow_residual(codes, args, masks.data(), products.data());
  add(masks, left[kernels::kResidual]);
}

void print_table(const std::string& title, const std::vector<test::Vector>& all) {
  const auto dim = static_cast<std::uint32_t>(all[0].size());
  const Coded coded(all, dim);
  for (const float threshold : {0.363F, 0.45F, 0.5F, 0.6F}) {
    Counts proven{};
    Counts probable{};
    std::uint64_t reach = 0;
    std::uint64_t pairs = 0;
    for (std::size_t i = 0; i < all.size(); i += kProbeStride) {
      count(coded, index::make_query(coded.rotation, all[i], threshold), proven);
      count(coded, index::make_query(coded.rotation, all[i], threshold, 1e-9), probable);
      for (const test::Vector& x : all) {
        reach += index::exact_score(kernels::chosen(), all[i], x).cosine >= threshold ? 1U : 0U;
      }
      pairs += all.size();
    }
    const auto percent = [&](std::uint64_t n) {
      return 100.0 * static_cast<double>(n) / static_cast<double>(pairs);
    };
    std::printf("| %s | %.3f | %.3f |", title.c_str(), static_cast<double>(threshold),
                percent(reach));
    for (const Counts& left : {proven, probable}) {
      for (std::size_t depth = 0; depth < kernels::kNumDepths; ++depth) {
        const bool is_absent = depth == kernels::kSigns && !coded.segment.layout.has_signs();
        if (is_absent) std::printf(" – |");
        if (!is_absent) std::printf(" %.3f |", percent(left[depth]));
      }
    }
    std::puts("");
  }
}

}  // namespace
}  // namespace morgiana::bench

int main() {
  using namespace morgiana;
  const auto sface = test::lfw("sface128.f32.npy", 128);
  const auto fused = test::lfw("fused512.f16.npy", 512);
  if (sface.empty() || fused.empty()) {
    std::fputs("the shared data is absent\n", stderr);
    return 1;
  }
  std::puts(
      "| embeddings | τ | reach τ | 1 bit | 2 bits | 4 bits | + residual | 1 bit | 2 bits | 4 bits "
      "| "
      "+ residual |");
  std::puts("|---|---|---|---|---|---|---|---|---|---|---|");
  bench::print_table("fused512", fused);
  bench::print_table("SFace 128-D", sface);
  test::Vectors vectors(512, 3);
  std::vector<test::Vector> isotropic;
  for (int i = 0; i < 13'233; ++i) isotropic.push_back(vectors.unit());
  bench::print_table("isotropic 512-D", isotropic);
  return 0;
}
