// Many parts of one array added up at once: what a recorded sweep makes of the cotangents of an
// array of which many small parts were taken. One record each would hold, and add, a whole array.

#include <memory>

#include "../sweep.h"
#include "define.h"
#include "ops.h"

namespace ag {

namespace {

OpCode assemble_op;

// The pieces of which the inputs are the values.
struct Pieces : Extra {
    std::vector<Piece> pieces;
};

const std::vector<Piece>& pieces_of(const Record& r) {
    return static_cast<const Pieces*>(r.extra())->pieces;
}

}  // namespace

Value assemble(const std::vector<Piece>& pieces, const Shape& shape) {
    const Piece& first = pieces.front();
    if (pieces.size() == 1)
        return first.view.empty() ? scatter_add(first.value, first.indices, shape, first.axes)
                                  : unview(first.value, unpack(first.view), shape);
    Value y = make_zeros(first.value.dtype, shape);
    auto extra = std::make_unique<Pieces>();
    u32 node = no_node;
    for (const Piece& p : pieces) {
        if (p.view.empty())
            add_rows(y, p.indices, p.axes, p.value);
        else
            add_along_view(y, unpack(p.view), p.value);
        if (p.value.node != no_node) node = p.value.node;
        extra->inputs.push_back(p.value.node);
        extra->pieces.push_back({Value(), p.view, p.indices, p.axes});
    }
    if (active_log == nullptr || node == no_node || !is_differentiable(y.dtype)) return y;
    open_record(assemble_op, y, no_node, no_node)->store_extra(1, extra.release());
    finish_record(y);
    return y;
}

static void assemble_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const std::vector<Piece>& pieces = pieces_of(r);
    for (std::size_t n = 0; n < pieces.size(); ++n) {
        const int k = static_cast<int>(n);
        const Piece& p = pieces[n];
        if (!acc.wants(k)) continue;
        acc.add(k, p.view.empty() ? acc.picked(g, p.indices, p.axes)
                                  : view(g, acc.lift(unpack(p.view))));
    }
}

static Value assemble_forward(const Record& r, const Tangents& t) {
    std::vector<Piece> pieces;
    for (std::size_t n = 0; n < pieces_of(r).size(); ++n) {
        const int k = static_cast<int>(n);
        if (!t.has(k)) continue;
        pieces.push_back(pieces_of(r)[n]);
        pieces.back().value = t.get(k);
    }
    return assemble(pieces, t.output_shape());
}

void define_pieces() {
    define_op(assemble_op, "assemble", 2, nullptr, assemble_reverse, assemble_forward).scatter =
        Scatter::moved;
}

}  // namespace ag
