// Batched cotangents that are mostly zero.
#pragma once

#include <vector>

#include "ops/ops.h"

namespace ag {

// A batched cotangent of which each element stands in one row only, as the identity is that a
// Jacobian begins with. Linear maps of elements leave it so, at the price of a single cotangent.
struct Scattered {
    Value values;  // of the shape of the node
    Value rows;    // float64, of that shape: one more than the row of each element; 0: it is zero
};

// The rows [first, first + count) of the identity, for a target of this shape; with `groups` > 1,
// of each of so many equal parts of the target, which share their rows.
Scattered scattered_identity(DType dtype, const Shape& shape, i64 groups, i64 first, i64 count);

// Their sum as a batch of `batch` dense cotangents of this shape; recorded, as the rest is.
Value spread(const std::vector<Scattered>& sum, const Shape& shape, i64 batch);

// Items given with the rows (as above) in which they stand: added up into `count` rows of items.
// The first axes of `items` are those of `rows`; with `lanes` > 1, an item of row r and of place k
// on the last of them goes to row r * lanes + k.
Value add_into_rows(const Value& items, const Value& rows, i64 count, i64 lanes);

bool same_rows(const Value& a, const Value& b);

// Zeros in no row, for put_scattered.
Scattered scattered_nothing(DType dtype, const Shape& shape);
// Gives it arrays that nobody else holds.
void own(Scattered& s);
// Adds the elements of `part`, in C order, to those at `places` (each once) of `whole`. False, and
// nothing is done, if another row's number is at one of them, or others hold the array.
// Null: the elements are all in their order.
bool put_scattered(Scattered& whole, const std::vector<i64>* places, const Scattered& part);
// Those places in an array of this shape, for a view of it and for picked rows.
std::vector<i64> places_along(const ViewSpec& spec, const Shape& shape);
std::vector<i64> places_picked(const Value& indices, Axes axes, const Shape& shape);

}  // namespace ag
