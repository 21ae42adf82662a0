#include "columns.h"

#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "array_code.h"
#include "elements.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "ops/walk.h"
#include "simplify.h"

namespace ag {

namespace {

constexpr u32 none = 0xffffffffu;

// What gives the same number wherever an element lies. Loops with elementary functions compute the
// last few elements otherwise than those before.
bool is_the_same_anywhere(OpCode op) {
    static const std::vector<u8> are = [] {
        std::vector<u8> found(Op::elementwise_end);
        for (const OpCode each : {Op::add,
                                  Op::subtract,
                                  Op::multiply,
                                  Op::divide,
                                  Op::squared_difference,
                                  Op::negative,
                                  Op::abs,
                                  Op::sign,
                                  Op::square,
                                  Op::sqrt,
                                  Op::reciprocal,
                                  Op::second_power,
                                  Op::twice,
                                  Op::zero_of,
                                  Op::maximum,
                                  Op::minimum,
                                  Op::floor,
                                  Op::ceil,
                                  Op::round,
                                  Op::rint,
                                  Op::equal,
                                  Op::not_equal,
                                  Op::less,
                                  Op::less_equal,
                                  Op::greater,
                                  Op::greater_equal,
                                  Op::is_nan,
                                  Op::is_finite,
                                  Op::is_inf,
                                  Op::logical_and,
                                  Op::logical_or,
                                  Op::logical_xor,
                                  Op::logical_not,
                                  Op::bitwise_and,
                                  Op::bitwise_or,
                                  Op::bitwise_xor,
                                  Op::invert,
                                  Op::divide_no_nan,
                                  Op::multiply_no_nan,
                                  Op::reciprocal_no_nan,
                                  Op::nonzero,
                                  Op::relu,
                                  Op::relu6,
                                  Op::one_plus_square})
            found[each] = true;
        return found;
    }();
    return !op_table[op].elementwise || are[op];
}

bool is_rows(const Shape& shape, i64 rows) {
    return shape.rank > 0 && shape[0] == rows && shape.size() > 0 &&
           shape.size() / rows <= Columns::most_numbers;
}

// The same for each row: it has no axis of these. (What might be taken for rows is left alone.)
bool is_common(const Shape& shape, int rank, i64 rows) {
    return (shape.rank < rank || (shape.rank == rank && shape[0] == 1)) && shape.size() > 0 &&
           shape.size() <= Columns::most_numbers && !is_rows(shape, rows);
}

// Whether a view takes all rows, in order, and of each the same.
bool is_within_rows(const ViewSpec& spec, i64 rows) {
    if (spec.in_rank == 0 || spec.to[0] != 0 || spec.start[0] != 0 || spec.step[0] != 1)
        return false;
    for (int d = 1; d < spec.in_rank; ++d)
        if (spec.to[d] == 0) return false;
    return is_rows(spec.out, rows);
}

// Whether it reduces numbers of a row, in the order in which they are added up here.
bool reduces_rows(const Instruction& i, const TypeEntry& given) {
    if (!is_float(given.dtype) || reduced_axes(i) & 1) return false;
    const ReducedRows rows(given.shape, reduced_axes(i), true);
    const i64 most = i.op == array_ops().norm ? 8 : 16;
    return rows.together && rows.n <= most && rows.inner < 16;
}

// Whether it is one small product for each row, of so many that a loop for each number of it takes
// less time than they do.
bool multiplies_rows(const Code& code, const Instruction& i, i64 rows) {
    if (rows < 64) return false;
    const TypeEntry &a = code.type(i.inputs[0]), &b = code.type(i.inputs[1]);
    return is_float(a.dtype) && a.shape.rank == 3 && b.shape.rank == 3 && is_rows(a.shape, rows) &&
           is_rows(b.shape, rows) && a.shape[i.attributes[0] != 0 ? 1 : 2] <= 8;
}

}  // namespace

i64 Columns::rows_of(const Code& code, const Instruction& i) {
    const TypeEntry& type = code.type(i.output);
    const Shape& shape = type.shape;
    if (i.own.get() != nullptr || i.inputs.empty() || shape.rank == 0 || shape[0] < least_rows ||
        !is_rows(shape, shape[0]))
        return 0;
    const i64 rows = shape[0];
    const TypeEntry& given = code.type(i.inputs[0]);
    const ArrayOps& op = array_ops();
    bool fits = is_rows(given.shape, rows);
    if (i.op == op.view) {
        fits = fits && is_within_rows(unpack(i.attributes), rows);
    } else if (i.op == op.unview) {
        const ViewSpec spec = unviewed(i);
        fits = fits && is_within_rows(spec, rows) && repeats_nothing(spec);
    } else if (i.op == op.broadcast) {
        fits = fits && given.shape.rank == shape.rank;
    } else if (op.joins(i.op)) {
        fits = i.attributes[0] != 0;
        for (const u32 slot : i.inputs) fits = fits && is_rows(code.type(slot).shape, rows);
    } else if (i.op == op.sum || i.op == op.norm) {
        fits = fits && reduces_rows(i, given);
    } else if (i.op == op.matmul) {
        fits = multiplies_rows(code, i, rows);
    } else if (i.op != op.reshape) {
        fits = false;
        if (!goes_by_elements(code, i)) return 0;
        for (const u32 slot : i.inputs) {
            const Shape& s = code.type(slot).shape;
            if (is_common(s, shape.rank, rows)) continue;
            if (s.rank != shape.rank || !is_rows(s, rows)) return 0;
            fits = true;
        }
    }
    return fits ? rows : 0;
}

i64 Columns::width_of(const Code& code, const Instruction& i) {
    const Shape& shape = code.type(i.output).shape;
    return shape.size() / shape[0];
}

bool Columns::is_gain(const Code& code, const Instruction& i) {
    if (i.op == array_ops().reshape) return false;
    const Shape& shape = code.type(i.output).shape;
    // One number a row, of one number a row, is a loop as it is.
    const auto is_wide = [&](u32 slot) { return code.type(slot).shape.size() > shape[0]; };
    if (!is_wide(i.output) && std::none_of(i.inputs.begin(), i.inputs.end(), is_wide)) return false;
    if (!goes_by_elements(code, i)) return true;
    // A number for each row, beside several.
    for (const u32 slot : i.inputs) {
        const Shape& s = code.type(slot).shape;
        if (s.rank == shape.rank && s[0] == shape[0] && s != shape) return true;
    }
    return false;
}

class Columns::Maker {
   public:
    Maker(const Code& code, const Simplified& simplified, const std::vector<Member>& members,
          const Outside& outside)
        : code_(code), simplified_(simplified), outside_(outside) {
        rows_ = code.type(code.instructions[members[0].instruction].output).shape[0];
        for (const Member& m : members) expand(code.instructions[m.instruction]);
        for (const Member& m : members)
            if (m.stored) stored_.push_back(code.instructions[m.instruction].output);
    }

    Fused make() {
        std::vector<u8> needed(inner_.slot_count());
        for (const u32 slot : stored_)
            for (const u32 column : columns_.at(slot)) needed[column] = true;
        for (const u32 column : checks_) needed[column] = true;
        const Simplified simple(inner_, 0, static_cast<u32>(inner_.instructions.size()), needed);
        return Emitter(*this, simple).emit();
    }

   private:
    struct Import {
        u32 slot;  // none: the number
        i64 place;
        bool is_common;
        Value number{};
    };
    // Elements that are computed as they lie, in rows: so many, from this column on.
    struct AsTheyLie {
        u32 first, width;
    };
    using List = std::vector<u32>;

    const Code& code_;
    const Simplified& simplified_;
    const Outside& outside_;
    i64 rows_ = 0;
    Code inner_;                                           // of columns
    std::unordered_map<u32, List> columns_;                // by slot, those of a row in C order
    std::unordered_map<u32, Import> imports_;              // by column
    std::unordered_map<u32, u32> type_of_;                 // by dtype, among the inner ones
    std::unordered_map<u32, AsTheyLie> lying_;             // by column
    List stored_, checks_;                                 // slots; columns
    std::unordered_map<u32, const Instruction*> made_by_;  // by slot
    std::unordered_set<u32> summed_;                       // slots from outside

    // ---- columns

    u32 add(DType dtype, bool is_number = false) {
        const u32 key = static_cast<u32>(dtype) * 2 + is_number;
        const auto found = type_of_.emplace(key, static_cast<u32>(inner_.types.size()));
        // That they are no numbers is all that is to be known of them.
        if (found.second) inner_.types.push_back({dtype, is_number ? Shape{} : Shape{2}});
        inner_.slot_types.push_back(found.first->second);
        return inner_.slot_count() - 1;
    }
    u32 add_number(const Value& v) {
        const u32 column = add(v.dtype, true);
        inner_.add_constant(column, v);
        return column;
    }
    u32 add_number(DType dtype, double x) { return add_number(Value::constant(dtype, x)); }

    u32 emit(OpCode op, List inputs, DType dtype, const std::vector<i64>& attributes = {}) {
        const u32 column = add(dtype);
        inner_.instructions.push_back({op, attributes, std::move(inputs), column});
        return column;
    }

    static Value number_at(const Value& v, i64 place) {
        Value number = make_value(v.dtype, Shape{});
        const i64 item = itemsize(v.dtype);
        std::memcpy(number.mutable_data(), v.data() + place * item, static_cast<std::size_t>(item));
        return number;
    }

    const TypeEntry& type(u32 slot) const { return code_.type(slot); }
    i64 width(u32 slot) const {
        const Shape& shape = type(slot).shape;
        return is_rows(shape, rows_) ? shape.size() / rows_ : shape.size();
    }

    const List& columns_of(u32 slot) {
        slot = simplified_.same[slot];
        const auto found = columns_.find(slot);
        if (found != columns_.end()) return found->second;
        List columns;
        const bool common = !is_rows(type(slot).shape, rows_);
        const Value* const constant = simplified_.constant(slot);
        if (constant != nullptr && is_one_number(*constant)) {
            columns.assign(static_cast<std::size_t>(width(slot)),
                           add_number(number_at(*constant, 0)));
        } else if (constant != nullptr && common) {
            const Value v = contiguous(*constant);
            for (i64 k = 0; k < v.size(); ++k) columns.push_back(add_number(number_at(v, k)));
        } else {
            for (i64 k = 0; k < width(slot); ++k) {
                columns.push_back(add(type(slot).dtype));
                imports_[columns.back()] = {slot, k, common};
            }
        }
        return columns_.emplace(slot, std::move(columns)).first->second;
    }

    // ---- rows

    // The shape of a row, with an axis of 1 where the rows were; and its strides, in numbers.
    struct Row {
        Shape shape;
        i64 strides[max_rank] = {};
        explicit Row(const Shape& rows) : shape(rows) {
            if (shape.rank == 0) return;
            i64 step = 1;
            shape.dims[0] = 1;
            for (int k = shape.rank; k-- > 1; step *= shape[k]) strides[k] = step;
        }
    };

    // Those at the places in a row that a walk goes to.
    static List taken(const List& from, const Shape& shape, const i64* strides, i64 offset) {
        List columns;
        each_run(shape, strides, offset, [&](i64 first, i64 count, i64 step) {
            for (i64 k = 0; k < count; ++k)
                columns.push_back(from[static_cast<std::size_t>(first + k * step)]);
        });
        return columns;
    }
    static void put(List& to, const List& columns, const Shape& shape, const i64* strides,
                    i64 offset) {
        std::size_t next = 0;
        each_run(shape, strides, offset, [&](i64 first, i64 count, i64 step) {
            for (i64 k = 0; k < count; ++k)
                to[static_cast<std::size_t>(first + k * step)] = columns[next++];
        });
    }

    // Repeated along axes of a shape of more, or other, extents.
    List repeated(u32 slot, const Shape& shape) {
        const Shape& given = type(slot).shape;
        const Row to(shape);
        i64 strides[max_rank] = {};
        const int lead = shape.rank - given.rank;
        const bool common = !is_rows(given, rows_);
        i64 step = 1;
        for (int k = given.rank; k-- > (common ? 0 : 1); step *= given[k])
            if (given[k] != 1) strides[lead + k] = step;
        return taken(columns_of(slot), to.shape, strides, 0);
    }

    List picked(const Instruction& i) {
        const ViewSpec spec = unpack(i.attributes);
        const Row from(type(i.inputs[0]).shape), to(spec.out);
        i64 strides[max_rank];
        const i64 offset = layout(spec, from.strides, strides);
        return taken(columns_of(i.inputs[0]), to.shape, strides, offset);
    }

    List put_among_zeros(const Instruction& i) {
        const ViewSpec spec = unviewed(i);
        const Row given(spec.out), whole(type(i.output).shape);
        List columns(static_cast<std::size_t>(width(i.output)),
                     add_number(type(i.output).dtype, 0));
        i64 strides[max_rank];
        const i64 offset = layout(spec, whole.strides, strides);
        put(columns, columns_of(i.inputs[0]), given.shape, strides, offset);
        return columns;
    }

    List joined(const Instruction& i) {
        const Row whole(type(i.output).shape);
        List columns(static_cast<std::size_t>(width(i.output)));
        const i64 axis = i.attributes[0];
        i64 offset = 0;
        for (std::size_t k = 0; k < i.inputs.size(); ++k) {
            std::vector<i64> strides(whole.strides, whole.strides + whole.shape.rank);
            if (i.attributes[1] != 0) strides.erase(strides.begin() + axis);
            const Row part(type(i.inputs[k]).shape);
            put(columns, columns_of(i.inputs[k]), part.shape, strides.data(), offset);
            offset += i.attributes[2 + k] * whole.strides[axis];
        }
        return columns;
    }

    // What is made of each group of columns that are reduced together.
    template <class F>
    List reduced(const Instruction& i, F f) {
        const TypeEntry& given = type(i.inputs[0]);
        const Row row(given.shape);
        const ReducedRows groups(row.shape, reduced_axes(i), true);
        const List& from = columns_of(i.inputs[0]);
        List columns, group(static_cast<std::size_t>(groups.n));
        for (i64 outer = 0; outer < groups.outer; ++outer)
            for (i64 inner = 0; inner < groups.inner; ++inner) {
                for (i64 k = 0; k < groups.n; ++k)
                    group[static_cast<std::size_t>(k)] = from[static_cast<std::size_t>(
                        (outer * groups.n + k) * groups.inner + inner)];
                columns.push_back(f(group, given.dtype));
            }
        return columns;
    }

    u32 sum_of(const List& group, DType dtype) {
        u32 sum = group[0];
        for (std::size_t k = 1; k < group.size(); ++k) sum = emit(Op::add, {sum, group[k]}, dtype);
        return sum;
    }

    // Sums of products, which begin with 0 as those of matrices do.
    List products(const Instruction& i) {
        const Row a(type(i.inputs[0]).shape), b(type(i.inputs[1]).shape);
        const List left = columns_of(i.inputs[0]), right = columns_of(i.inputs[1]);
        const int a_row = i.attributes[0] != 0 ? 2 : 1, b_row = i.attributes[1] != 0 ? 2 : 1;
        const int a_column = 3 - a_row, b_column = 3 - b_row;
        const DType dtype = type(i.output).dtype;
        const u32 zero = add_number(dtype, 0);
        List columns;
        for (i64 m = 0; m < a.shape[a_row]; ++m)
            for (i64 n = 0; n < b.shape[b_column]; ++n) {
                u32 sum = zero;
                for (i64 k = 0; k < a.shape[a_column]; ++k) {
                    const i64 x = m * a.strides[a_row] + k * a.strides[a_column];
                    const i64 y = k * b.strides[b_row] + n * b.strides[b_column];
                    const u32 product = emit(
                        Op::multiply,
                        {left[static_cast<std::size_t>(x)], right[static_cast<std::size_t>(y)]},
                        dtype);
                    sum = emit(Op::add, {sum, product}, dtype);
                }
                columns.push_back(sum);
            }
        return columns;
    }

    // The square root of the sum of squares, where these are in the range; see norm_row.
    u32 norm_of(const List& group, DType dtype) {
        const bool wide = dtype == DType::float64;
        using Wide = std::numeric_limits<double>;
        using Narrow = std::numeric_limits<float>;
        const double low = 1'024 * (wide ? Wide::min() / Wide::epsilon()
                                         : double{Narrow::min()} / double{Narrow::epsilon()});
        const double high = wide ? Wide::max() : double{Narrow::max()};
        List squares;
        u32 largest = none;
        for (const u32 x : group) {
            squares.push_back(emit(Op::multiply, {x, x}, dtype));
            const u32 size = emit(Op::abs, {x}, dtype);
            largest = largest == none ? size : emit(Op::maximum, {largest, size}, dtype);
        }
        const u32 sum = sum_of(squares, dtype);
        const auto test = [&](OpCode op, u32 a, u32 b) { return emit(op, {a, b}, DType::boolean); };
        const u32 beyond = test(Op::logical_or, test(Op::less, sum, add_number(dtype, low)),
                                test(Op::greater, sum, add_number(dtype, high)));
        const u32 regular = test(Op::logical_and, test(Op::greater, largest, add_number(dtype, 0)),
                                 test(Op::less, largest, add_number(dtype, Wide::infinity())));
        checks_.push_back(test(Op::logical_and, beyond, regular));
        return emit(Op::sqrt, {sum}, dtype);
    }

    List by_elements(const Instruction& i) {
        const TypeEntry& made = type(i.output);
        std::vector<List> inputs;
        for (const u32 slot : i.inputs) inputs.push_back(repeated(slot, made.shape));
        List columns;
        const bool anywhere = is_the_same_anywhere(i.op);
        const auto count = static_cast<u32>(inputs[0].size());
        if (!anywhere)
            for (List& input : inputs)
                for (u32& column : input) column = no_constant(column);
        for (u32 k = 0; k < count; ++k) {
            List given;
            for (const List& input : inputs) given.push_back(input[k]);
            // What does not lie at the same place is not the same.
            columns.push_back(emit(i.op, std::move(given), made.dtype,
                                   anywhere ? i.attributes : std::vector<i64>{count, k}));
        }
        if (!anywhere && count > 1)
            for (const u32 column : columns) lying_[column] = {columns[0], count};
        return columns;
    }
    // A constant is computed with as an element, not beforehand as a number.
    u32 no_constant(u32 column) {
        const Value* const constant = inner_.constant(column);
        if (constant == nullptr) return column;
        const u32 element = add(constant->dtype);
        imports_[element] = {none, 0, true, *constant};
        return element;
    }

    List columns_made(const Instruction& i) {
        const ArrayOps& op = array_ops();
        if (i.op == op.reshape) return columns_of(i.inputs[0]);
        if (i.op == op.broadcast) return repeated(i.inputs[0], type(i.output).shape);
        if (i.op == op.view) return picked(i);
        if (i.op == op.unview) return put_among_zeros(i);
        if (op.joins(i.op)) return joined(i);
        if (i.op == op.matmul) return products(i);
        const auto by = [this](u32 (Maker::*f)(const List&, DType)) {
            return [this, f](const List& group, DType dtype) { return (this->*f)(group, dtype); };
        };
        if (i.op == op.sum) return reduced(i, by(&Maker::sum_of));
        if (i.op == op.norm) return reduced(i, by(&Maker::norm_of));
        return by_elements(i);
    }

    void expand(const Instruction& i) {
        if (i.op == array_ops().sum) note_summed(i.inputs[0]);
        columns_[i.output] = columns_made(i);
        made_by_[i.output] = &i;
    }

    // Elements that are repeated are not summed one by one, but multiplied.
    void note_summed(u32 slot) {
        slot = simplified_.same[slot];
        for (auto made = made_by_.find(slot); made != made_by_.end(); made = made_by_.find(slot)) {
            if (!array_ops().is_view(made->second->op)) return;
            slot = simplified_.same[made->second->inputs[0]];
        }
        summed_.insert(slot);
    }

    // ---- what is run

    class Emitter {
       public:
        Emitter(Maker& maker, const Simplified& simple)
            : maker_(maker),
              code_(maker.inner_),
              simple_(simple),
              fused_(Shape{maker.rows_}),
              place_(code_.slot_count(), none),
              member_of_(code_.slot_count(), none) {}

        Fused emit() {
            std::vector<u8> stored = find_results();
            for (const u32 check : maker_.checks_) {
                const u32 member = member_of_[simple_.same[check]];
                if (member != none) stored[member] = true;
            }
            find_picks();
            Pairs::Room room(code_.slot_count());
            const Pairs pairs(code_, simple_.kept, stored, simple_.same, room);
            for (u32 n = 0; n < simple_.kept.size(); ++n)
                if (!pairs.is_first(n)) add(pairs, n);
            for (const Rows& rows : rows_)
                if (rows.is_of_others) give(rows);
            for (const u32 column : maker_.checks_) fused_.refuse_if(operand(column));
            fused_.finish();
            return std::move(fused_);
        }

       private:
        // A result of several columns.
        struct Rows {
            u32 slot, index;
            bool is_of_others;  // nothing is computed for it
            std::size_t missing;
        };
        Maker& maker_;
        const Code& code_;
        const Simplified& simple_;
        Fused fused_;
        List place_;      // by column: a member of what is fused, or what is outside
        List member_of_;  // by column: its place among the instructions that are kept
        std::unordered_map<u32, List> picks_;  // by slot, the columns that are read
        std::vector<Rows> rows_;
        // By column: results that it is all of, or part of.
        std::unordered_map<u32, u32> whole_;
        std::unordered_map<u32, List> part_of_;

        // By member, whether its value goes anywhere.
        std::vector<u8> find_results() {
            for (u32 n = 0; n < simple_.kept.size(); ++n)
                member_of_[code_.instructions[simple_.kept[n]].output] = n;
            std::vector<u8> stored(simple_.kept.size());
            for (const u32 slot : maker_.stored_) {
                const List& columns = maker_.columns_.at(slot);
                const u32 first = simple_.same[columns[0]];
                if (columns.size() == 1 && member_of_[first] != none &&
                    whole_.emplace(first, slot).second) {
                    stored[member_of_[first]] = true;
                    continue;
                }
                const TypeEntry& type = maker_.type(slot);
                Rows rows{slot, fused_.add_rows(slot, type.dtype, type.shape), true, 0};
                for (const u32 column : columns) {
                    const u32 from = simple_.same[column];
                    if (member_of_[from] == none) continue;
                    stored[member_of_[from]] = true;
                    rows.is_of_others = false;
                    ++rows.missing;
                    part_of_[from].push_back(static_cast<u32>(rows_.size()));
                }
                rows_.push_back(rows);
            }
            return stored;
        }

        void find_picks() {
            std::vector<u8> is_read(code_.slot_count());
            for (const u32 k : simple_.kept)
                for (const u32 column : code_.instructions[k].inputs)
                    is_read[simple_.same[column]] = true;
            for (const Rows& rows : rows_)
                for (const u32 column : maker_.columns_.at(rows.slot))
                    is_read[simple_.same[column]] = true;
            for (u32 column = 0; column < code_.slot_count(); ++column) {
                const auto found = maker_.imports_.find(column);
                if (found == maker_.imports_.end() || !is_read[column]) continue;
                if (found->second.is_common) continue;
                picks_[found->second.slot].push_back(column);
            }
        }

        void give(const Rows& rows) {
            List from;
            for (const u32 column : maker_.columns_.at(rows.slot)) from.push_back(operand(column));
            for (std::size_t k = 0; k < from.size(); ++k)
                fused_.put(from[k], rows.index, static_cast<i64>(k));
        }

        u32 operand(u32 column) {
            column = simple_.same[column];
            if (place_[column] == none) place_[column] = found(column);
            return place_[column];
        }
        u32 found(u32 column) {
            if (const Value* const v = simple_.constant(column)) return number(*v);
            const Import& import = maker_.imports_.at(column);
            if (import.slot == none) return number(import.number);
            const TypeEntry& type = maker_.type(import.slot);
            const u32 name = maker_.outside_.operand(import.slot);
            if (import.is_common) return fused_.add_number(name, type.shape.size(), import.place);
            const u32 from = fused_.add_outside(name, type.shape.size(), false, Value());
            if (maker_.summed_.count(import.slot) != 0) fused_.refuse_repeated(from);
            if (type.shape.size() == maker_.rows_) return from;
            for (const u32 other : picks_.at(import.slot))
                place_[other] = fused_.add_pick(from, type.dtype, maker_.imports_.at(other).place);
            return place_[column];
        }

        u32 number(const Value& v) {
            return fused_.add_outside(Fused::is_constant, 1, false,
                                      maker_.outside_.numbers(v, fused_.numbers_in_block()));
        }

        // All of those with it: where one is not asked for, there may be anything.
        void add_lying(const Instruction& i, AsTheyLie lying) {
            const std::size_t count = i.inputs.size();
            List members, operands;
            for (u32 k = 0; k < lying.width; ++k) members.push_back(member_of_[lying.first + k]);
            for (std::size_t j = 0; j < count; ++j)
                for (const u32 m : members)
                    operands.push_back(
                        operand((m == none ? i : code_.instructions[simple_.kept[m]]).inputs[j]));
            for (u32 j = 0; j < count; ++j)
                for (u32 k = 0; k < lying.width; ++k)
                    fused_.put_on_way(operands[j * lying.width + k], j,
                                      code_.type(i.inputs[j]).dtype, lying.width, k);
            fused_.add_loop_on_way(code_, i, lying.width);
            for (u32 k = 0; k < lying.width; ++k)
                if (members[k] != none)
                    place_[lying.first + k] =
                        fused_.pick_on_way(code_.type(i.output).dtype, lying.width, k);
            for (u32 k = 0; k < lying.width; ++k)
                if (members[k] != none) hand_out(lying.first + k);
        }

        void add(const Pairs& pairs, u32 n) {
            const Instruction& i = code_.instructions[simple_.kept[n]];
            const auto lying = maker_.lying_.find(i.output);
            if (lying != maker_.lying_.end()) {
                if (place_[i.output] == none) add_lying(i, lying->second);
                return;
            }
            place_[i.output] = fused_.add(code_, simple_.kept, n, pairs, simple_.same,
                                          [this](u32 column) { return operand(column); });
            hand_out(i.output);
        }

        // What is made goes to the results that it is part of.
        void hand_out(u32 column) {
            const auto whole = whole_.find(column);
            if (whole != whole_.end())
                fused_.keep(place_[column], whole->second, maker_.type(whole->second).shape);
            const auto parts = part_of_.find(column);
            if (parts == part_of_.end()) return;
            for (const u32 rows : parts->second)
                if (--rows_[rows].missing == 0) give(rows_[rows]);
        }
    };
};

Columns::Columns(const Code& code, const Simplified& simplified, const std::vector<Member>& members,
                 const Outside& outside)
    : fused_(Maker(code, simplified, members, outside).make()) {}

}  // namespace ag
