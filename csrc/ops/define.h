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

// Appends a record of a structural operation to the active log, when an input is tracked: fills in
// everything but the payloads, and returns null when there is nothing to record. finish_record
// gives `y` its node.
Record* begin_record(OpCode op, const Value& y, u32 in0, u32 in1 = no_node);
inline void finish_record(Value& y) {
    note_origin();
    y.node = active_log->commit();
}

}  // namespace ag
