#pragma once

#include <cstddef>

// The Walsh–Hadamard transform over vectors of a tier's width, as any processor has them: a
// compiler does not see that the parts of a transform lie apart. In an anonymous namespace: a tier
// file's copy must not become the one that other tiers call.
namespace {

typedef float FourFloats __attribute__((vector_size(16)));
typedef float EightFloats __attribute__((vector_size(32)));

template <class V>
V load_floats(const float* values) {
  V loaded;
  __builtin_memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

template <class V>
void store_floats(float* values, V stored) {
  __builtin_memcpy(values, &stored, sizeof stored);
}

/// The stages of neighbours within a vector.
template <class V>
V transform_within(V v) {
  if constexpr (sizeof(V) == sizeof(FourFloats)) {
    constexpr V kOdd = {1, -1, 1, -1};
    constexpr V kUpper = {1, 1, -1, -1};
    v = __builtin_shufflevector(v, v, 0, 0, 2, 2) +
        kOdd * __builtin_shufflevector(v, v, 1, 1, 3, 3);
    return __builtin_shufflevector(v, v, 0, 1, 0, 1) +
           kUpper * __builtin_shufflevector(v, v, 2, 3, 2, 3);
  } else {
    constexpr V kOdd = {1, -1, 1, -1, 1, -1, 1, -1};
    constexpr V kUpper = {1, 1, -1, -1, 1, 1, -1, -1};
    constexpr V kLast = {1, 1, 1, 1, -1, -1, -1, -1};
    v = __builtin_shufflevector(v, v, 0, 0, 2, 2, 4, 4, 6, 6) +
        kOdd * __builtin_shufflevector(v, v, 1, 1, 3, 3, 5, 5, 7, 7);
    v = __builtin_shufflevector(v, v, 0, 1, 0, 1, 4, 5, 4, 5) +
        kUpper * __builtin_shufflevector(v, v, 2, 3, 2, 3, 6, 7, 6, 7);
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 0, 1, 2, 3) +
           kLast * __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7);
  }
}

template <class V>
void hadamard(float* values, const float* scale, std::size_t size) {
  constexpr std::size_t kWidth = sizeof(V) / sizeof(float);
  for (std::size_t i = 0; i < size; i += kWidth) {
    store_floats(values + i,
                 transform_within(load_floats<V>(values + i) * load_floats<V>(scale + i)));
  }
  std::size_t part = kWidth;
  for (; part * 4 <= size; part *= 4) {  // two stages for each time through memory
    for (std::size_t begin = 0; begin < size; begin += 4 * part) {
      for (float* at = values + begin; at < values + begin + part; at += kWidth) {
        const V first = load_floats<V>(at);
        const V second = load_floats<V>(at + part);
        const V third = load_floats<V>(at + 2 * part);
        const V fourth = load_floats<V>(at + 3 * part);
        const V a = first + second;
        const V b = first - second;
        const V c = third + fourth;
        const V d = third - fourth;
        store_floats(at, a + c);
        store_floats(at + part, b + d);
        store_floats(at + 2 * part, a - c);
        store_floats(at + 3 * part, b - d);
      }
    }
  }
  if (part == size) return;
  for (float* at = values; at < values + part; at += kWidth) {
    const V a = load_floats<V>(at);
    const V b = load_floats<V>(at + part);
    store_floats(at, a + b);
    store_floats(at + part, a - b);
  }
}

}  // namespace
