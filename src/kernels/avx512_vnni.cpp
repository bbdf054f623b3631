#include "kernels/register_tiles.hpp"
#include "kernels/vnni.hpp"

namespace morgiana::kernels::avx512_vnni {
namespace {

using Vector = Avx512<Vnni>;

}  // namespace

const KernelTable kTable = {Tier::avx512_vnni,
                            "avx512-vnni",
                            &select_cohorts<Vector>,
                            &narrow_signs<Vector>,
                            &narrow_high<Vector>,
                            &narrow_both<Vector>,
                            &narrow_batch<Vector, RegisterTiles<Vector>>,
                            &narrow_residual<Vector>,
                            &dot};

}  // namespace morgiana::kernels::avx512_vnni
