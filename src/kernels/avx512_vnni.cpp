#include "kernels/register_tiles.hpp"
#include "kernels/vnni.hpp"

namespace morgiana::kernels::avx512_vnni {
namespace {

using Vector = Avx512<Vnni>;

}  // namespace

constinit const KernelTable kTable =
    table_of<Vector, RegisterTiles<Vector>>(Tier::avx512_vnni, "avx512-vnni", &dot);

}  // namespace morgiana::kernels::avx512_vnni
