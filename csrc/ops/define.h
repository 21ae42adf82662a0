// Each file of operations adds its own to the table.
#pragma once

#include "../numerics.h"
#include "call.h"

namespace ag {

#define GROUP(NAME) void define_##NAME##_rows();
AG_ROW_GROUPS(GROUP)
#undef GROUP
void define_stop();
void define_conversions();
void define_shape_ops();
void define_arrangements();
void define_reductions();
void define_products();
void define_extrema();
void define_indexing();
void define_scatter();
void define_pieces();
void define_contraction();
void define_cumulative();
void define_segments();
void define_sorting();
void define_convolutions();
void define_pooling();
void define_factorizations();
void define_equations();
void define_determinants();
void define_diagonals();
void define_bands();
void define_exponential();
void define_special();
void define_softmax();
void define_incomplete();
void define_hosts();
void define_external();

inline void require_same_dtype(const char* operation, const Value& a, const Value& b) {
    if (a.dtype != b.dtype)
        fail(ErrorKind::dtype, std::string("[") + operation + "] operands have dtypes " +
                                   name(a.dtype) + " and " + name(b.dtype));
}

}  // namespace ag
