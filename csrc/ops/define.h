// Each file of operations adds its own to the table.
#pragma once

#include "../numerics.h"
#include "table.h"

namespace ag {

void define_elementwise();
void define_conversions();
void define_shape_ops();
void define_reductions();
void define_indexing();
void define_pieces();
void define_contraction();
void define_foreign();
void define_external();

// The next record of the active log, all filled in but for the payloads: those are stored, and then
// finish_record makes it count and gives `y` its node. All that can fail happens here, since the
// payloads of a record that never counts would be lost.
Record* open_record(OpCode op, const Value& y, u32 in0, u32 in1);
// The same for a structural operation of up to two inputs; null when none of them is tracked.
Record* begin_record(OpCode op, const Value& y, u32 in0, u32 in1 = no_node);
inline void finish_record(Value& y) noexcept { y.node = active_log->commit(); }

}  // namespace ag
