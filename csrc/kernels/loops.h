// Runs a loop over contiguous elements on operands of any layout.
#pragma once

#include "../ops/table.h"

namespace ag {

// The dtype that loops compute in: float16 and bfloat16 are stored only.
constexpr DType loop_dtype(DType t) { return is_narrow(t) ? DType::float32 : t; }

// Runs `loop` once over each block of `shape` in C order. Inputs are broadcast to it (null where
// the loop does not use one) and converted from narrow dtypes to float32; `out` is contiguous, of
// exactly this shape, and may be one of the inputs. With `accumulates`, the loop reads `out` too.
void run_loop(Loop loop, const Value* const* inputs, int count, const Shape& shape, Value& out,
              bool accumulates);

// Copies `x`, broadcast to `shape`, into contiguous memory of the given dtype.
void convert_into(const Value& x, const Shape& shape, DType dtype, char* target);

// Converts n contiguous elements.
void convert_run(DType from, const void* source, DType to, void* target, i64 n);

}  // namespace ag
