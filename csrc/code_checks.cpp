#include "code_checks.h"

#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "composed.h"
#include "ops/host.h"

namespace ag {

namespace {

constexpr i64 most = i64{1} << 40;

// A call as the instruction says that it is.
struct Said {
    const OpInfo& op;
    const std::vector<i64>& attributes;
    const std::vector<const TypeEntry*>& inputs;
    const std::vector<const TypeEntry*>& outputs;

    i64 operator[](std::size_t k) const { return attributes[k]; }
    std::size_t count() const { return attributes.size(); }
    DType dtype(std::size_t k = 0) const { return inputs[k]->dtype; }
    const Shape& shape(std::size_t k = 0) const { return inputs[k]->shape; }
    int rank(std::size_t k = 0) const { return inputs[k]->shape.rank; }
};

using Takes = bool (*)(const Said&);

bool in_range(i64 x, i64 begin, i64 end) { return x >= begin && x < end; }

// Extents that an array may have.
bool are_extents(const i64* extents, i64 rank) {
    if (!in_range(rank, 0, max_rank + 1)) return false;
    for (i64 k = 0; k < rank; ++k)
        if (!in_range(extents[k], 0, most)) return false;
    i64 total = 1;
    for (i64 k = 0; k < rank; ++k) {
        if (extents[k] == 0) continue;
        if (total > (i64{1} << 59) / extents[k]) return false;
        total *= extents[k];
    }
    return true;
}

bool are_axes(i64 axes, int rank) { return in_range(axes, 0, i64{1} << rank); }
bool are_some_axes(i64 axes, int rank) { return axes != 0 && are_axes(axes, rank); }
bool is_dtype(i64 code) { return in_range(code, 0, dtype_count); }
bool is_index_dtype(i64 code) { return is_dtype(code) && is_integer(static_cast<DType>(code)); }
bool is_wide_float(DType t) { return t == DType::float32 || t == DType::float64; }

// ---- for rows that check what they are given themselves, or part of it

bool anything(const Said&) { return true; }
bool same_dtypes(const Said& s) {
    for (const TypeEntry* input : s.inputs)
        if (input->dtype != s.dtype()) return false;
    return true;
}
bool same_types(const Said& s) { return same_dtypes(s) && s.shape(0) == s.shape(1); }
bool complex_input(const Said& s) { return is_complex(s.dtype()); }
bool extents_of_output(const Said& s) {
    return are_extents(s.attributes.data(), static_cast<i64>(s.count()));
}
bool casts(const Said& s) { return is_dtype(s[0]); }
bool reduces(const Said& s) { return are_axes(s[0], s.rank()) && in_range(s[1], 0, 2); }
bool multiplies_up(const Said& s) { return are_axes(s[0], s.rank()) && is_wide_float(s.dtype()); }
bool spreads(const Said& s) { return are_axes(s[0], s.rank(1)) && same_dtypes(s); }
bool finds_extremum(const Said& s) { return in_range(s[0], 0, s.rank()) && is_index_dtype(s[1]); }
bool scans(const Said& s) { return in_range(s[2], 0, s.rank()); }
bool picks_along(const Said& s) { return in_range(s[0], 0, s.rank()); }
bool puts_along(const Said& s) { return in_range(s[0], 0, s.rank()) && in_range(s[1], 0, most); }
bool searches(const Said& s) { return is_index_dtype(s[1]); }
bool picks_top(const Said& s) { return s[0] >= 0; }
bool sorts(const Said& s) { return in_range(s[1], 0, s.rank()); }
bool takes_segments(const Said& s) {
    return in_range(s[1], 0, most) && in_range(s[2], 0, s.rank() + 1);
}
bool picks_segments(const Said& s) { return in_range(s[0], 0, s.rank()); }
bool numbers_rows(const Said& s) { return in_range(s[0], 0, most); }
bool numbers_few_rows(const Said& s) { return in_range(s[0], 0, i64{1} << 32); }
bool has_bands(const Said& s) {
    return in_range(s[1], 0, i64{1} << 31) && in_range(s[2], 0, i64{1} << 31);
}
bool has_bands_of_product(const Said& s) {
    return in_range(s[0], 0, i64{1} << 31) && in_range(s[1], 0, i64{1} << 31);
}
bool diagonal_in(i64 k, i64 rows, i64 columns) { return k == 0 || in_range(k, 1 - rows, columns); }
bool takes_diagonals(const Said& s) {
    return s.rank() >= 2 && s[2] <= s[3] &&
           diagonal_in(s[2], s.shape()[s.rank() - 2], s.shape()[s.rank() - 1]) &&
           diagonal_in(s[3], s.shape()[s.rank() - 2], s.shape()[s.rank() - 1]);
}
bool puts_diagonals(const Said& s) {
    return are_extents(&s.attributes[4], 2) && s[2] <= s[3] && diagonal_in(s[2], s[4], s[5]) &&
           diagonal_in(s[3], s[4], s[5]);
}
bool softens(const Said& s) { return in_range(s[0], 0, s.rank()) && same_dtypes(s); }
// Convolutions and pools check their attributes, but for what their products come to.
bool slides(const Said& s) {
    constexpr std::size_t of_axis = 6, first = 2;
    const std::size_t axes = (s.count() - first) / of_axis;
    for (const i64 a : s.attributes)
        if (!in_range(a, -(i64{1} << 31), i64{1} << 31)) return false;
    for (std::size_t k = 0; k < of_axis; ++k) {
        i64 extents[max_rank];
        for (std::size_t d = 0; d < axes; ++d) {
            const i64 extent = s[first + d * of_axis + k];
            extents[d] = k < 3 ? 1 : extent;
        }
        if (!are_extents(extents, static_cast<i64>(axes))) return false;
    }
    return true;
}
bool has_order(const Said& s) { return in_range(s[0], 0, 64); }

// ---- views

// A view as `pack` writes it, of an array of `shape`: its result's extents, if it is one.
bool is_view(const i64* next, std::size_t count, const Shape& shape, Shape& out) {
    const std::size_t described = 1 + 3 * static_cast<std::size_t>(shape.rank);
    if (count < described || next[0] != shape.rank) return false;
    const i64* const extents = next + described;
    const i64 rank = static_cast<i64>(count - described);
    if (!are_extents(extents, rank)) return false;
    out = Shape(extents, static_cast<int>(rank));
    const bool empty = out.size() == 0;
    for (int d = 0; d < shape.rank; ++d) {
        const i64 start = next[1 + 3 * d], step = next[2 + 3 * d], to = next[3 + 3 * d];
        if (!in_range(start, -most, most) || !in_range(step, -most, most)) return false;
        if (!in_range(to, -1, rank)) return false;
        if (empty) continue;
        const i64 steps = to < 0 ? 0 : extents[to] - 1;
        if (!in_range(start, 0, shape[d])) return false;
        if (step != 0 && steps > most / std::abs(step)) return false;
        if (!in_range(start + step * steps, 0, shape[d])) return false;
    }
    return true;
}

// Attributes that begin with the rank and the extents of a shape; where they go on, or 0.
std::size_t leading_shape(const Said& s, Shape& shape) {
    if (s.count() == 0 || !in_range(s[0], 0, max_rank + 1)) return 0;
    const auto rank = static_cast<std::size_t>(s[0]);
    if (s.count() < 1 + rank || !are_extents(s.attributes.data() + 1, s[0])) return 0;
    shape = Shape(s.attributes.data() + 1, static_cast<int>(rank));
    return 1 + rank;
}

bool views(const Said& s) {
    Shape out;
    return is_view(s.attributes.data(), s.count(), s.shape(), out);
}
bool views_back(const Said& s) {
    Shape shape, out;
    const std::size_t from = leading_shape(s, shape);
    return from > 0 && is_view(s.attributes.data() + from, s.count() - from, shape, out) &&
           out == s.shape();
}
bool puts(const Said& s) {
    Shape out;
    return same_dtypes(s) && is_view(s.attributes.data(), s.count(), s.shape(), out) &&
           out == s.shape(1);
}

// ---- runs along axes

// An arrangement as `Arrangement` has it, of an array of `shape`.
bool is_arrangement(const i64* next, std::size_t count, const Shape& shape, Shape& out) {
    const i64* const end = next + count;
    for (int d = 0; d < shape.rank; ++d) {
        if (next == end || !in_range(*next, 0, (end - next - 1) / 3 + 1)) return false;
        const i64 runs = *next++;
        i64 extent = 0;
        for (i64 n = 0; n < runs; ++n, next += 3) {
            const i64 start = next[0], step = next[1], length = next[2];
            if (!in_range(step, -1, 2) || !in_range(length, 1, most)) return false;
            if (step != 0 && (!in_range(start, 0, shape[d]) ||
                              !in_range(start + step * (length - 1), 0, shape[d])))
                return false;
            extent += length;
            if (extent >= most) return false;
        }
        out.push(extent);
    }
    return next == end && are_extents(out.dims, out.rank);
}

bool arranges(const Said& s) {
    Shape out;
    return same_dtypes(s) && s.rank(1) == 0 &&
           is_arrangement(s.attributes.data(), s.count(), s.shape(), out);
}
bool arranges_back(const Said& s) {
    Shape shape, out;
    const std::size_t from = leading_shape(s, shape);
    return from > 0 && is_arrangement(s.attributes.data() + from, s.count() - from, shape, out) &&
           out == s.shape();
}

// ---- parts of one array

bool joins(const Said& s, bool is_new) {
    if (s.count() != 2 + s.inputs.size() || s[1] != is_new || !same_dtypes(s)) return false;
    if (!in_range(s[0], 0, s.rank() + is_new) || s.rank() + is_new > max_rank) return false;
    const int axis = static_cast<int>(s[0]);
    for (std::size_t k = 0; k < s.inputs.size(); ++k) {
        if (s.rank(k) != s.rank()) return false;
        for (int d = 0; d < s.rank(); ++d)
            if ((is_new || d != axis) && s.shape(k)[d] != s.shape()[d]) return false;
        if (s[2 + k] != (is_new ? 1 : s.shape(k)[axis])) return false;
    }
    return true;
}
bool concatenates(const Said& s) { return joins(s, false); }
bool stacks(const Said& s) { return joins(s, true); }

// ---- rows that indices name

// What is picked has the axes of the indices and those that are not picked from.
bool fits_picked(i64 axes, int rank, int index_rank) {
    int left = 0;
    for (int k = 0; k < rank; ++k) left += !(axes >> k & 1);
    return left + index_rank <= max_rank;
}
bool gathers(const Said& s) {
    return are_some_axes(s[1], s.rank()) && fits_picked(s[1], s.rank(), s.rank(1));
}
bool scatters(const Said& s) {
    const i64 rank = static_cast<i64>(s.count()) - 1;
    return rank >= 0 && are_extents(s.attributes.data() + 1, rank) &&
           are_some_axes(s[0], static_cast<int>(rank)) &&
           fits_picked(s[0], static_cast<int>(rank), s.rank(1));
}
bool updates(const Said& s) {
    return are_some_axes(s[0], s.rank()) && s.dtype() == s.dtype(1) &&
           fits_picked(s[0], s.rank(), s.rank(2));
}
bool flattens(const Said& s) {
    return s.rank() > 0 && s.count() > 0 &&
           are_extents(s.attributes.data(), static_cast<i64>(s.count())) &&
           s.shape()[s.rank() - 1] == static_cast<i64>(s.count());
}

// Rows that are not here are refused.
struct Known {
    const char* name;
    Takes takes;
};
constexpr Known known[] = {
    {"stop_gradient", anything},
    {"identity", anything},
    {"assigned", same_types},
    {"cast", casts},
    {"conj", complex_input},
    {"real", complex_input},
    {"imag", complex_input},
    {"complex_abs", complex_input},
    {"where", anything},
    {"complex", anything},
    {"reshape", extents_of_output},
    {"broadcast_to", extents_of_output},
    {"view", views},
    {"unview", views_back},
    {"concat", concatenates},
    {"stack", stacks},
    {"arrange", arranges},
    {"arrange_back", arranges_back},
    {"put", puts},
    {"reduce_sum", reduces},
    {"norm", reduces},
    {"reduce_logsumexp", reduces},
    {"reduce_any", reduces},
    {"reduce_all", reduces},
    {"reduce_max", reduces},
    {"reduce_min", reduces},
    {"reduce_prod", multiplies_up},
    {"product_leaves_range", multiplies_up},
    {"spread_extremum", spreads},
    {"argmax", finds_extremum},
    {"argmin", finds_extremum},
    {"gather", gathers},
    {"scatter_add", scatters},
    {"row_indices", numbers_rows},
    {"scatter_update", updates},
    {"scatter_sum", updates},
    {"scatter_min", updates},
    {"scatter_max", updates},
    {"last_of_rows", numbers_few_rows},
    {"flat_indices", flattens},
    {"matmul", same_dtypes},
    {"cumsum", scans},
    {"cumprod", scans},
    {"cumulative_logsumexp", scans},
    {"linear_recurrence", scans},
    {"segment_sum", takes_segments},
    {"segment_max", takes_segments},
    {"segment_min", takes_segments},
    {"segment_pick", picks_segments},
    {"segment_numbers", numbers_rows},
    {"take_along_axis", picks_along},
    {"put_along_axis", puts_along},
    {"argsort", sorts},
    {"sort", sorts},
    {"top_k", picks_top},
    {"searchsorted", searches},
    {"conv", slides},
    {"conv_input", slides},
    {"conv_filter", slides},
    {"avg_pool", slides},
    {"avg_pool_input", slides},
    {"max_pool", slides},
    {"max_pool_pick", slides},
    {"max_pool_input", slides},
    {"max_pool_index", slides},
    {"triangular_solve", same_dtypes},
    {"cholesky", anything},
    {"cholesky_reverse", same_dtypes},
    {"lu", anything},
    {"solve", same_dtypes},
    {"factored_solve", same_dtypes},
    {"inv", anything},
    {"det", anything},
    {"cofactors", anything},
    {"slogdet", anything},
    {"diag_part", takes_diagonals},
    {"diag", puts_diagonals},
    {"banded_solve", has_bands},
    {"band_times", has_bands},
    {"band_outer", has_bands_of_product},
    {"expm", anything},
    {"lgamma", anything},
    {"digamma", anything},
    {"trigamma", anything},
    {"erfinv", anything},
    {"erfcinv", anything},
    {"ndtri", anything},
    {"bessel_i0", anything},
    {"bessel_i0e", anything},
    {"bessel_i1", anything},
    {"bessel_i1e", anything},
    {"bessel_j0", anything},
    {"bessel_j1", anything},
    {"bessel_k0", anything},
    {"bessel_k0e", anything},
    {"bessel_k1", anything},
    {"bessel_k1e", anything},
    {"bessel_y0", anything},
    {"bessel_y1", anything},
    {"dawsn", anything},
    {"expint", anything},
    {"fresnel_sin", anything},
    {"fresnel_cos", anything},
    {"spence", anything},
    {"zeta", same_dtypes},
    {"polygamma", same_dtypes},
    {"bessel_iv", same_dtypes},
    {"bessel_jv", same_dtypes},
    {"igamma", same_dtypes},
    {"igammac", same_dtypes},
    {"betainc", same_dtypes},
    {"i0_fall", has_order},
    {"k0_fall", has_order},
    {"dawson_slope", has_order},
    {"softmax", softens},
    {"softmax_slope", softens},
    {"log_softmax", softens},
    {"log_softmax_slope", softens},
    {"gamma_density", same_dtypes},
    {"beta_density", same_dtypes},
    {"igamma_by_a", same_dtypes},
    {"betainc_by_ab", same_dtypes},
};

// Host rows read memory by numbers that they do not look at: where the rows of a sparse matrix are.
constexpr const char* refused[] = {"sparse_product", "sampled_product", "sparse_solve"};

bool is_refused(OpCode code) {
    for (const char* name : refused)
        if (std::strcmp(name, op_text[code].name) == 0) return true;
    return false;
}

Takes rule_of(OpCode code) {
    for (const Known& k : known)
        if (std::strcmp(k.name, op_text[code].name) == 0) return k.takes;
    return nullptr;
}

// By code: rows are defined once.
Takes takes_of(OpCode code) {
    static const std::vector<Takes> all = [] {
        std::vector<Takes> rules(static_cast<std::size_t>(op_count));
        for (int op = 0; op < op_count; ++op)
            if (op_table[op].run != nullptr)
                rules[static_cast<std::size_t>(op)] = rule_of(static_cast<OpCode>(op));
        return rules;
    }();
    return code < all.size() ? all[code] : nullptr;
}

std::string counted(std::size_t n, const char* thing) {
    return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

struct Counts {
    std::size_t inputs, attributes, outputs;
    bool any_inputs, any_attributes;
};

Counts counts_of(OpCode code) {
    const OpInfo& op = op_table[code];
    if (op.elementwise) return {op.arity, 0, 1, false, false};
    if (op.host != nullptr) {
        const HostSpec& spec = op.host->spec;
        return {spec.inputs, spec.attributes, spec.outputs, false, false};
    }
    // Only rows of parts of one array take any number of inputs.
    return {op.inputs, op.attributes, 1, op.many && op.attributes == any_number,
            op.attributes == any_number || op.attributes == output_extents};
}

void require_call(const Said& said, std::size_t place, OpCode code) {
    const OpInfo& op = said.op;
    const Counts counts = counts_of(code);
    if (counts.any_inputs ? said.inputs.empty() : said.inputs.size() != counts.inputs)
        fail_at(place, code,
                "takes " + counted(counts.inputs, "input") + ", not " +
                    std::to_string(said.inputs.size()));
    if (!counts.any_attributes && said.count() != counts.attributes)
        fail_at(place, code,
                "takes " + counted(counts.attributes, "attribute") + ", not " +
                    std::to_string(said.count()));
    if (op.elementwise || op.host != nullptr) return;
    for (std::size_t k = 0; k < op.flag_attributes; ++k)
        if (!in_range(said[k], 0, 2)) fail_at(place, code, "has a flag that is not 0 or 1");
    // For a result of the extents that the record is said to have.
    const bool of_extents = op.attributes == output_extents;
    const bool is_good =
        takes_of(code)(said) &&
        (!of_extents ||
         Shape(said.attributes.data(), static_cast<int>(said.count())) == said.outputs[0]->shape);
    if (!is_good) fail_at(place, code, "has attributes or inputs that it cannot be of");
}

}  // namespace

void fail_at(std::size_t place, OpCode code, const std::string& what) {
    fail("instruction " + std::to_string(place) + " [" + op_text[code].name + "] " + what);
}

bool takes_code(OpCode code) {
    const OpInfo& op = op_table[code];
    if (op.host != nullptr) return op.host->spec.is_row() && !is_refused(code);
    return op.elementwise || takes_of(code) != nullptr;
}

namespace {

constexpr u32 no_segment = 0xffffffffu;

// Which slots are written, by which segment of a tree of paths, and what may be read in it.
class Written {
   public:
    Written(const Code& code, const std::vector<SegmentCode>& segments)
        : writers_(code.slot_count(), no_segment),
          begins_(segments.size()),
          ends_(segments.size()) {
        // Segments behind a segment are those that are numbered while it is on the stack.
        std::vector<std::vector<u32>> children(segments.size());
        for (u32 k = 1; k < segments.size(); ++k) children[segments[k].parent].push_back(k);
        std::vector<std::pair<u32, std::size_t>> stack{{0, 0}};
        u32 number = 0;
        begins_[0] = number++;
        while (!stack.empty()) {
            auto& [segment, next] = stack.back();
            if (next < children[segment].size()) {
                const u32 child = children[segment][next++];
                begins_[child] = number++;
                stack.emplace_back(child, 0);
            } else {
                ends_[segment] = number;
                stack.pop_back();
            }
        }
    }

    void write(u32 slot, u32 segment) {
        if (slot >= writers_.size())
            fail("there is no slot " + std::to_string(slot) + " in the program");
        if (writers_[slot] != no_segment)
            fail("slot " + std::to_string(slot) + " is written twice");
        writers_[slot] = segment;
    }
    // On each way to that segment it has been written before.
    void read(u32 slot, u32 segment) const {
        const u32 writer = slot < writers_.size() ? writers_[slot] : no_segment;
        if (writer == no_segment || begins_[segment] < begins_[writer] ||
            begins_[segment] >= ends_[writer])
            fail("slot " + std::to_string(slot) + " is read before it is written");
    }
    void require_all() const {
        for (u32 slot = 0; slot < writers_.size(); ++slot)
            if (writers_[slot] == no_segment)
                fail("slot " + std::to_string(slot) + " is never written");
    }

   private:
    std::vector<u32> writers_, begins_, ends_;
};

void require_types_of_slots(const Code& code) {
    for (const TypeEntry& type : code.types)
        if (!is_dtype(static_cast<i64>(type.dtype)) ||
            !are_extents(type.shape.dims, type.shape.rank))
            fail("a program with a slot of a shape that no array can have");
    for (u32 type : code.slot_types)
        if (type >= code.types.size()) fail("a program with a slot of no type");
}

void require_segments(const Code& code, const std::vector<SegmentCode>& segments) {
    if (segments.empty()) fail("a tree of paths without a segment");
    u32 begin = 0;
    for (u32 k = 0; k < segments.size(); ++k) {
        if (segments[k].end < begin || segments[k].end > code.instructions.size())
            fail("segment " + std::to_string(k) + " ends where it cannot");
        begin = segments[k].end;
        if (k > 0 && segments[k].parent >= k)
            fail("segment " + std::to_string(k) + " comes behind none that is before it");
    }
    if (begin != code.instructions.size()) fail("instructions that are in no segment");
}

void require_instruction(const Code& code, std::size_t place, u32 segment, Written& slots) {
    std::vector<const TypeEntry*> given, made;
    const Instruction& i = code.instructions[place];
    if (i.op >= op_count || (i.own.get() == nullptr && !takes_code(i.op)))
        fail("instruction " + std::to_string(place) + " is of no operation that can be run");
    for (u32 slot : i.inputs) {
        slots.read(slot, segment);
        given.push_back(&code.type(slot));
    }
    for (std::size_t n = 0; n < output_count(i); ++n) {
        slots.write(i.output + static_cast<u32>(n), segment);
        made.push_back(&code.type(i.output + static_cast<u32>(n)));
    }
    if (i.own.get() == nullptr)
        require_call({op_table[i.op], i.attributes, given, made}, place, i.op);
    else if (!fits(i, given, made))
        fail_at(place, i.op, "takes or gives other values than its parts");
}

}  // namespace

void require_sound(const Code& code, const std::vector<u32>& inputs,
                   const std::vector<SegmentCode>& segments) {
    require_types_of_slots(code);
    require_segments(code, segments);
    Written slots(code, segments);
    for (u32 slot : inputs) slots.write(slot, 0);
    for (const auto& [slot, value] : code.constants) {
        slots.write(slot, 0);
        const TypeEntry& type = code.type(slot);
        if (value.dtype != type.dtype || value.shape() != type.shape)
            fail("the constant of slot " + std::to_string(slot) + " has another type than that");
    }
    std::size_t place = 0;
    for (u32 k = 0; k < segments.size(); ++k) {
        for (; place < segments[k].end; ++place) require_instruction(code, place, k, slots);
        for (u32 slot : segments[k].reads) slots.read(slot, k);
    }
    slots.require_all();
}

void require_sound(const Code& code, u32 inputs, const std::vector<u32>& outputs) {
    if (inputs > code.slot_count()) fail("a program with more inputs than slots");
    std::vector<u32> first(inputs);
    std::iota(first.begin(), first.end(), 0u);
    require_sound(code, first, {{static_cast<u32>(code.instructions.size()), 0, outputs}});
}

}  // namespace ag
