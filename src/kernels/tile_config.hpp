#pragma once

#include <immintrin.h>

#include <cstdint>

// In an anonymous namespace: see steps.hpp.
namespace {

/// Of functions with tile instructions in files that are not compiled for them.
#define MORGIANA_AMX __attribute__((target("amx-tile,amx-int8")))

/// All eight tiles of palette 1, 16 rows of 64 bytes each, are the thread's from the constructor to
/// the destructor.
class TileConfig {
 public:
  MORGIANA_AMX TileConfig() {
    // Constant: gcc 12 believes that only eight of its bytes are read.
    static constexpr Shape kShape = [] {
      Shape shape{};
      shape.palette = 1;
      for (int i = 0; i < 8; ++i) {
        shape.bytes[i] = 64;
        shape.rows[i] = 16;
      }
      return shape;
    }();
    _tile_loadconfig(&kShape);
  }
  MORGIANA_AMX ~TileConfig() { _tile_release(); }
  TileConfig(const TileConfig&) = delete;
  TileConfig& operator=(const TileConfig&) = delete;

 private:
  struct alignas(64) Shape {
    std::uint8_t palette;
    std::uint8_t start_row;
    std::uint8_t unused[14];
    std::uint16_t bytes[16];  // of a row
    std::uint8_t rows[16];
  };
  static_assert(sizeof(Shape) == 64);
};

}  // namespace
