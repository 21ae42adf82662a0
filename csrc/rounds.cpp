#include "rounds.h"

#include <algorithm>

#include "array_code.h"
#include "composite.h"
#include "excerpts.h"
#include "expanding.h"
#include "lists.h"
#include "ops/ops.h"
#include "reverse.h"
#include "sharing.h"
#include "tangents.h"

namespace ag {

Round::Round(std::shared_ptr<const Program> program, u32 carried, u32 rows)
    : program_(std::move(program)), carried_(carried), rows_(rows) {}

Round::~Round() = default;

const Plan& Round::plan() const {
    std::lock_guard<std::mutex> guard(mutex_);
    if (plan_ == nullptr) {
        const Code& code = program_->code();
        std::vector<u8> needed(code.slot_count());
        for (u32 slot : program_->outputs()) needed[slot] = true;
        for (u32 k = carried_ + rows_; k < program_->input_count(); ++k) needed[k] = true;
        plan_ = std::make_unique<Plan>(code, 0, static_cast<u32>(code.instructions.size()), needed);
    }
    return *plan_;
}

// Of maps, what is in them stays where it is.
template <class Map, class Make>
const typename Map::mapped_type& Round::derived(Map& known, std::vector<u8> key, Make make) const {
    key.push_back(expanding);
    {
        std::lock_guard<std::mutex> guard(mutex_);
        const auto found = known.find(key);
        if (found != known.end()) return found->second;
    }
    // Without the mutex: it calls what may call back. If two threads make one, one is kept.
    typename Map::mapped_type made = make();
    std::lock_guard<std::mutex> guard(mutex_);
    return known.emplace(std::move(key), std::move(made)).first->second;
}

RoundPointer Round::with_condition(const Program& condition) const {
    return derived(derived_, {0}, [&] {
        std::vector<u32> taken(program_->outputs().begin(), program_->outputs().begin() + carried_);
        for (u32 k = carried_; k < program_->input_count(); ++k) taken.push_back(k);
        return std::make_shared<const Round>(
            std::make_shared<const Program>(*program_, condition, taken), carried_, 0);
    });
}

std::vector<u8> Round::with_dependent(std::vector<u8> inputs) const {
    const Program& program = *program_;
    for (bool is_done = false; !is_done;) {
        is_done = true;
        const std::vector<u8> slots = program.dependent(inputs);
        for (u32 k = 0; k < carried_; ++k) {
            if (!slots[program.outputs()[k]] || inputs[k]) continue;
            inputs[k] = true;
            is_done = false;
        }
    }
    return inputs;
}

std::vector<u8> Round::with_influencing(std::vector<u8> outputs) const {
    const auto& instructions = program_->code().instructions;
    for (bool is_done = false; !is_done;) {
        is_done = true;
        std::vector<u8> slots(program_->code().slot_count());
        for (std::size_t k = 0; k < outputs.size(); ++k)
            if (outputs[k]) slots[program_->outputs()[k]] = true;
        for (std::size_t n = instructions.size(); n-- > 0;) {
            const Instruction& i = instructions[n];
            const auto made = slots.begin() + i.output;
            if (std::count(made, made + output_count(i), 1) == 0) continue;
            for (const u32 slot : i.inputs) slots[slot] = true;
        }
        for (u32 k = 0; k < carried_; ++k) {
            if (!slots[k] || outputs[k]) continue;
            outputs[k] = true;
            is_done = false;
        }
    }
    return outputs;
}

const std::vector<u32>& Round::moving(const std::vector<u8>& wanted,
                                      const std::vector<u8>& reached) const {
    std::vector<u8> key{0};
    append(key, wanted);
    append(key, reached);
    return *derived(moving_, std::move(key), [&] {
        const std::vector<u8> by = with_dependent(wanted), of = with_influencing(reached);
        auto found = std::make_unique<std::vector<u32>>();
        for (u32 k = 0; k < carried_; ++k)
            if (by[k] && of[k] && is_differentiable(input_type(k).dtype)) found->push_back(k);
        return std::unique_ptr<const std::vector<u32>>(std::move(found));
    });
}

const std::vector<u32>& Round::pushed(const std::vector<u8>& given) const {
    return moving(given, std::vector<u8>(program_->outputs().size(), true));
}

std::vector<u8> Round::last_reached() const {
    std::lock_guard<std::mutex> guard(mutex_);
    return last_reached_;
}

void Round::note_reached(const std::vector<u8>& reached) const {
    std::lock_guard<std::mutex> guard(mutex_);
    last_reached_ = reached;
}

namespace {

Value zeros_of(const TypeEntry& type) { return zeros(type.dtype, type.shape); }

// Goes through values one after the other.
class Reader {
   public:
    explicit Reader(const std::vector<Value>& values) : next_(values.begin()) {}
    std::vector<Value> take(std::size_t count) {
        const auto begin = next_;
        next_ += static_cast<std::ptrdiff_t>(count);
        return {begin, next_};
    }
    Value take() { return *next_++; }

   private:
    std::vector<Value>::const_iterator next_;
};

}  // namespace

std::shared_ptr<const Program> record_program(
    const std::vector<Value>& examples,
    const std::function<std::vector<Value>(const Tape&, const std::vector<Value>&)>& f) {
    WithLock lock;
    const OutsideProgram scope;
    std::vector<TensorData> places(examples.size());
    ProgramMode mode;
    mode.tape.watch_accessed = false;
    mode.begin();
    if (expanding) mode.inputs().sample();
    std::vector<Value> values;
    std::vector<u32> nodes;
    for (std::size_t k = 0; k < examples.size(); ++k) {
        places[k].value = examples[k].detached();
        mode.tape.watch(places[k]);
        values.push_back(traced(places[k]));
        nodes.push_back(values.back().node);
    }
    const std::vector<Value> outputs = f(mode.tape, values);
    if (mode.bound())
        fail(ErrorKind::unimplemented,
             std::string("the derivative of a loop cannot be a program: ") +
                 mode.inputs().why_bound());
    return std::make_shared<const Program>(mode.tape, nodes, outputs);
}

std::vector<Value> examples_of_batch(const std::vector<TypeEntry>& types,
                                     const std::vector<u8>& has_axis, i64 extent) {
    std::vector<Value> examples;
    for (std::size_t k = 0; k < types.size(); ++k) {
        const Shape& shape = types[k].shape;
        examples.push_back(zeros(types[k].dtype, has_axis[k] ? in_front(extent, shape) : shape));
    }
    return examples;
}

std::shared_ptr<const Program> record_batch(const Program& program, const std::vector<u8>& has_axis,
                                            i64 extent, const std::vector<u8>& one_for_all) {
    const std::vector<Value> examples = examples_of_batch(program.input_types(), has_axis, extent);
    return record_program(examples, [&](const Tape&, const std::vector<Value>& x) {
        std::vector<Value> found = program.run_batched(x, has_axis, extent);
        for (std::size_t k = 0; k < one_for_all.size(); ++k)
            if (one_for_all[k]) found[k] = slice_axis(found[k], 0, 0, 1, true);
        return found;
    });
}

// A round and the derivative of it as one program: inputs of the round, cotangents of what is
// carried, sums for constants, cotangents of results; gives what the round gives, and then the
// cotangents.
struct Round::Joint {
    // Which inputs and outputs have a cotangent, by their numbers; rows and constants are wanted.
    std::vector<u32> with_cotangent, summed, by_row, seen;
    std::shared_ptr<const Program> program;

    Joint(const Round& round, const std::vector<u8>& wanted, const std::vector<u8>& reached,
          const std::vector<Value>& inputs) {
        const u32 carried = round.carried_, rows = round.rows_;
        with_cotangent = round.moving(wanted, reached);
        for (u32 k = carried; k < inputs.size(); ++k)
            if (wanted[k]) (k < carried + rows ? by_row : summed).push_back(k);
        for (u32 k = carried; k < reached.size(); ++k)
            if (reached[k]) seen.push_back(k);
        std::vector<Value> examples = inputs;
        for (u32 k : with_cotangent) examples.push_back(zeros_of(round.input_type(k)));
        for (u32 k : summed) examples.push_back(zeros_of(round.input_type(k)));
        for (u32 k : seen) examples.push_back(zeros_of(round.output_type(k)));
        program = record_program(examples, [&](const Tape& tape, const auto& given) {
            return sweep(round, tape, given);
        });
    }

   private:
    std::vector<Value> sweep(const Round& round, const Tape& tape,
                             const std::vector<Value>& given) const {
        Reader reader(given);
        const std::vector<Value> primal = reader.take(round.program_->input_count());
        std::vector<Value> cotangents = reader.take(with_cotangent.size());
        const std::vector<Value> sums = reader.take(summed.size());
        append(cotangents, reader.take(seen.size()));
        std::vector<Value> outputs = round.program_->run(primal);
        std::vector<Seed> seeds;
        std::vector<u32> of = with_cotangent;
        append(of, seen);
        for (std::size_t k = 0; k < of.size(); ++k)
            if (outputs[of[k]].node != no_node)
                seeds.push_back({outputs[of[k]].node, cotangents[k]});
        std::vector<u32> by = with_cotangent;
        append(by, summed);
        append(by, by_row);
        std::vector<u32> sources;
        for (u32 k : by) sources.push_back(primal[k].node);
        std::vector<Answer> answers(by.size());
        if (!seeds.empty() && !by.empty())
            reverse_sweep(tape, seeds.data(), seeds.size(), sources.data(), sources.size(),
                          answers.data(), false);
        for (std::size_t k = 0; k < by.size(); ++k) {
            const std::size_t sum = k - with_cotangent.size();
            if (k < with_cotangent.size() || sum >= sums.size())
                outputs.push_back(whole(answers[k], round.input_type(by[k])));
            else if (answers[k].connected)
                outputs.push_back(
                    binary(Op::add, sums[sum], whole(answers[k], round.input_type(by[k]))));
            else
                outputs.push_back(sums[sum]);
        }
        return outputs;
    }
};

namespace {

// Which slots of a joint program the round hands to its derivative.
class Residuals {
   public:
    // What the derivative computes again.
    enum class Again : u8 {
        sums,         // sums, products and views of what it has
        elementwise,  // and whatever goes element by element
        all,          // and everything else, so that only what was carried is handed over
    };
    // Its first inputs are what is carried, then those that the derivative is given anyway, and
    // then cotangents. `asked`: what the derivative gives.
    Residuals(const Excerpts& joint, u32 carried, u32 rows, u32 constants,
              const std::vector<u32>& asked, Again again)
        : joint_(&joint), again_(again), of_(joint.code().slot_count()) {
        const u32 given = carried + rows, inputs = given + constants;
        for (u32 slot = 0; slot < of_.size(); ++slot)
            if (!joint.is_constant(slot)) of_[slot].kind = Kind::derivative;
        for (u32 slot = 0; slot < inputs; ++slot)
            of_[slot].kind = slot < given ? Kind::round : Kind::constant;
        for (u32 slot = carried; slot < of_.size(); ++slot)
            of_[slot].has = slot < inputs || joint.is_constant(slot);
        for (const u32 k : joint.kept()) find_kind(instruction(k));
        for (const u32 slot : asked) need(slot);
        for (std::size_t k = joint.kept().size(); k-- > 0;)
            find_needs(instruction(joint.kept()[k]));
        for (u32 slot = 0; slot < carried; ++slot)
            if (of_[slot].needed) take(slot);
        for (const u32 k : joint.kept()) find_taken(instruction(k));
    }
    std::vector<u32> taken;

    // Of a round, in nanoseconds, about: to write and read what is handed over, and to compute the
    // rest again. Where an array has to be made of each row, it costs as much as hundreds of
    // elements.
    double cost() const {
        double sum = 0;
        const double of_row = is_placed() ? 12 : 180;
        for (const u32 slot : taken)
            sum += is_number(slot) ? 4 : of_row + 0.15 * static_cast<double>(bytes(slot));
        for (const u32 k : joint_->kept()) {
            const Instruction& i = instruction(k);
            const Slot& made = of_[i.output];
            const bool is_again = made.kind == Kind::round && made.needed &&
                                  std::find(taken.begin(), taken.end(), i.output) == taken.end();
            if (is_again) sum += cost_of(i);
        }
        return sum;
    }

   private:
    enum class Kind : u8 { constant, round, derivative };  // what it depends on: the last of these
    struct Slot {
        Kind kind = Kind::constant;
        bool needed = false;  // by the derivative
        bool has = false;     // it is given that, or computes it
    };
    const Excerpts* joint_;
    Again again_;
    std::vector<Slot> of_;

    const Instruction& instruction(u32 k) const { return joint_->code().instructions[k]; }
    Slot& at(u32 slot) { return of_[joint_->same(slot)]; }
    void need(u32 slot) { at(slot).needed = at(slot).kind != Kind::derivative; }
    void take(u32 slot) {
        taken.push_back(slot);
        at(slot).has = true;
    }
    i64 bytes(u32 slot) const { return bytes_of(joint_->code().type(slot)); }

    void find_kind(const Instruction& i) {
        Kind kind = Kind::constant;
        for (const u32 slot : i.inputs) kind = std::max(kind, at(slot).kind);
        for (u32 n = 0; n < output_count(i); ++n) of_[i.output + n].kind = kind;
    }
    // From the last one on.
    void find_needs(const Instruction& i) {
        bool needs = of_[i.output].kind == Kind::derivative;
        if (again_ != Again::sums && is_computed_again(i))
            for (u32 n = 0; n < output_count(i); ++n) needs = needs || of_[i.output + n].needed;
        if (needs)
            for (const u32 slot : i.inputs) need(slot);
    }
    bool is_number(u32 slot) const { return joint_->code().type(slot).shape.rank == 0; }
    // Whether the rounds may run on memory that is given (Plan::Placed), as far as that can be
    // seen.
    bool is_placed() const {
        static const OpCode gather = op_named("gather");
        const auto& kept = joint_->kept();
        return std::all_of(kept.begin(), kept.end(), [&](u32 k) {
            const Instruction& i = instruction(k);
            return ArrayCode::takes(joint_->code(), i) || i.op == gather ||
                   (is_number(i.output) && host_of(i) == nullptr);
        });
    }
    static bool is_sum(const Instruction& i) {
        return i.op == Op::add || i.op == Op::subtract || i.op == Op::multiply ||
               i.op == Op::negative;
    }
    double cost_of(const Instruction& i) const {
        static const OpCode matmul = op_named("matmul");
        if (array_ops().is_view(i.op)) return 0;
        const double elements = static_cast<double>(joint_->code().type(i.output).shape.size());
        if (op_table[i.op].elementwise) {
            if (is_number(i.output)) return is_sum(i) ? 3 : 10;
            return 12 + elements * (is_sum(i) ? 0.1 : 0.7);
        }
        if (i.op != matmul) return 50 + elements;
        const Shape& a = joint_->code().type(i.inputs[0]).shape;
        const i64 inner = a[a.rank - (i.attributes[0] != 0 ? 2 : 1)];
        return 30 + elements * static_cast<double>(inner) / 8;
    }
    // If there is what it takes.
    bool is_computed_again(const Instruction& i) const {
        if (again_ == Again::all || of_[i.output].kind == Kind::constant) return true;
        return array_ops().is_view(i.op) ||
               (again_ == Again::elementwise ? op_table[i.op].elementwise : is_sum(i));
    }
    void find_taken(const Instruction& i) {
        if (of_[i.output].kind == Kind::derivative) return;
        u32 lacking = 0, lacks = 0;
        for (const u32 slot : i.inputs)
            if (!at(slot).has) lacking = joint_->same(slot), ++lacks;
        for (u32 n = 0; n < output_count(i); ++n) {
            const u32 slot = i.output + n;
            if (of_[slot].has) continue;
            of_[slot].has = lacks == 0 && is_computed_again(i);
            if (of_[slot].has || !of_[slot].needed) continue;
            // What only repeats something smaller.
            const bool is_larger =
                lacks == 1 && is_computed_again(i) && bytes(lacking) < bytes(slot);
            take(is_larger ? lacking : slot);
            of_[slot].has = true;
        }
    }
};

// The matrix products that the cotangents of some constants are sums of.
class Products {
   public:
    // `inputs`, `outputs`: the sum of each constant before a round and behind it.
    Products(const Excerpts& joint, const std::vector<u32>& inputs, const std::vector<u32>& outputs)
        : joint_(joint) {
        for (u32 k = 0; k < inputs.size(); ++k) {
            const Instruction* const sum = joint.maker(outputs[k]);
            std::vector<const Instruction*> found;
            const bool is_of_products = sum != nullptr && sum->op == Op::add &&
                                        sum->inputs[0] == inputs[k] &&
                                        collect(sum->inputs[1], found) && are_smaller(found);
            is_summed.push_back(!is_of_products);
            if (is_of_products)
                for (const Instruction* i : found) add(k, *i);
        }
    }
    std::vector<u8> is_summed;
    std::vector<Round::Pullback::Product> products;
    std::vector<u32> factors;  // two for each

   private:
    const Excerpts& joint_;

    const TypeEntry& type(u32 slot) const { return joint_.code().type(slot); }
    i64 bytes(u32 slot) const { return bytes_of(type(slot)); }
    i64 bytes_of_factors(const Instruction& i) const {
        return bytes(i.inputs[0]) + bytes(i.inputs[1]);
    }
    bool collect(u32 slot, std::vector<const Instruction*>& found) const {
        static const OpCode matmul = op_named("matmul");
        const Instruction* const i = joint_.maker(slot);
        if (i == nullptr) return false;
        if (i->op == Op::add && type(i->inputs[0]).shape == type(slot).shape &&
            type(i->inputs[1]).shape == type(slot).shape)
            return collect(i->inputs[0], found) && collect(i->inputs[1], found);
        found.push_back(i);
        return i->op == matmul && type(i->inputs[0]).shape.rank == 2 &&
               type(i->inputs[1]).shape.rank == 2;
    }
    // Then it takes less to keep the factors than to add up what they give.
    bool are_smaller(const std::vector<const Instruction*>& found) const {
        i64 kept = 0, added = 0;
        for (const Instruction* i : found) {
            kept += bytes_of_factors(*i);
            added += bytes(i->output);
        }
        return kept < added;
    }
    void add(u32 constant, const Instruction& i) {
        products.push_back(
            {constant, i.attributes[0] != 0, i.attributes[1] != 0, bytes_of_factors(i)});
        append(factors, i.inputs);
    }
};

}  // namespace

Value Round::Pullback::Product::of(const Value& left, const Value& right) const {
    // As a matrix of which each round has some rows.
    const auto in_rows = [](const Value& stacked, bool is_in_rows) {
        const Shape all = stacked.shape();
        const i64 inner = all[is_in_rows ? 1 : 2], outer = all[is_in_rows ? 2 : 1];
        const bool is_moved = !is_in_rows && inner > 1;
        return reshape(is_moved ? swap_last_axes(stacked) : stacked, Shape{all[0] * inner, outer});
    };
    return matmul(in_rows(left, is_left_transposed), in_rows(right, !is_right_transposed), true,
                  false);
}

const Round::Pullback& Round::pullback(const std::vector<u8>& wanted,
                                       const std::vector<u8>& reached, Keeps keeps,
                                       const Example& example) const {
    std::vector<u8> key{static_cast<u8>(keeps)};
    append(key, wanted);
    append(key, reached);
    return *derived(pullbacks_, std::move(key), [&] {
        const Joint joint(*this, wanted, reached, example());
        const Excerpts excerpts(*joint.program);
        const u32 input_count = program_->input_count();
        const std::vector<u32>& outputs = joint.program->outputs();
        const auto range = [](std::size_t begin, std::size_t count) {
            std::vector<u32> slots(count);
            for (std::size_t k = 0; k < count; ++k) slots[k] = static_cast<u32>(begin + k);
            return slots;
        };
        const std::size_t moved = joint.with_cotangent.size(), sums = joint.summed.size();
        auto next = outputs.begin();
        const auto take = [&next](std::size_t count) {
            next += static_cast<std::ptrdiff_t>(count);
            return std::vector<u32>(next - static_cast<std::ptrdiff_t>(count), next);
        };
        std::vector<u32> forward = take(carried_ + results()), backward = take(moved);
        const std::vector<u32> before = range(input_count + moved, sums), behind = take(sums);
        const Products products(excerpts, before, behind);
        std::vector<u32> taken = range(input_count, moved);
        for (std::size_t k = 0; k < sums; ++k) {
            if (!products.is_summed[k]) continue;
            taken.push_back(before[k]);
            backward.push_back(behind[k]);
        }
        const auto carried = static_cast<u32>(taken.size());
        append(backward, take(joint.by_row.size()));
        append(backward, products.factors);
        const auto found = [&](Residuals::Again again) {
            return Residuals(excerpts, carried_, rows_, constants(), backward, again);
        };
        Residuals cheapest = found(Residuals::Again::all);
        if (keeps == Keeps::residuals)
            for (const auto again : {Residuals::Again::elementwise, Residuals::Again::sums})
                if (Residuals other = found(again); other.cost() < cheapest.cost())
                    cheapest = std::move(other);
        const std::vector<u32> residuals = cheapest.taken;
        append(forward, residuals);
        append(taken, residuals);
        append(taken, range(carried_, rows_));
        append(taken, range(input_count + moved + sums, joint.seen.size()));
        append(taken, range(carried_ + rows_, constants()));
        auto made = std::make_unique<Pullback>();
        made->forward = std::make_shared<const Round>(
            excerpts.between(range(0, input_count), forward), carried_, rows_);
        made->backward = std::make_shared<const Round>(
            excerpts.between(taken, backward), carried,
            static_cast<u32>(residuals.size() + rows_ + joint.seen.size()));
        made->moving = joint.with_cotangent;
        made->residuals = static_cast<u32>(residuals.size());
        made->is_summed = products.is_summed;
        made->products = products.products;
        return std::unique_ptr<const Pullback>(std::move(made));
    });
}

RoundPointer Round::narrowed(const std::vector<u8>& carried, const std::vector<u8>& results) const {
    std::vector<u8> key{1};
    append(key, carried);
    append(key, results);
    return derived(derived_, std::move(key), [&] {
        std::vector<u32> inputs, outputs;
        for (u32 k = 0; k < program_->input_count(); ++k)
            if (k >= carried_ || carried[k]) inputs.push_back(k);
        for (u32 k = 0; k < program_->outputs().size(); ++k)
            if (k < carried_ ? carried[k] : results[k - carried_])
                outputs.push_back(program_->outputs()[k]);
        return std::make_shared<const Round>(
            Excerpts(*program_).between(inputs, outputs),
            static_cast<u32>(std::count(carried.begin(), carried.end(), 1)), rows_);
    });
}

RoundPointer Round::jvp(const std::vector<u8>& given, const Example& example) const {
    std::vector<u8> key{2};
    append(key, given);
    return derived(derived_, std::move(key), [&] {
        const std::vector<Value> inputs = example();
        const std::vector<u32>& carried = pushed(given);
        std::vector<u32> by_row, constant;
        for (u32 k = carried_; k < program_->input_count(); ++k)
            if (given[k]) (k < carried_ + rows_ ? by_row : constant).push_back(k);
        std::vector<Value> examples{inputs.begin(), inputs.begin() + carried_};
        for (u32 k : carried) examples.push_back(zeros_of(input_type(k)));
        append(examples, {inputs.begin() + carried_, inputs.begin() + carried_ + rows_});
        for (u32 k : by_row) examples.push_back(zeros_of(input_type(k)));
        append(examples, {inputs.begin() + carried_ + rows_, inputs.end()});
        for (u32 k : constant) examples.push_back(zeros_of(input_type(k)));
        auto program = record_program(examples, [&](const Tape& tape, const auto& all) {
            Reader reader(all);
            std::vector<Value> primal = reader.take(carried_);
            std::vector<Value> tangents = reader.take(carried.size());
            append(primal, reader.take(rows_));
            append(tangents, reader.take(by_row.size()));
            append(primal, reader.take(constants()));
            append(tangents, reader.take(constant.size()));
            std::vector<u32> by = carried;
            append(by, by_row);
            append(by, constant);
            const std::vector<Value> outputs = program_->run(primal);
            std::vector<Seed> seeds;
            for (std::size_t k = 0; k < by.size(); ++k)
                seeds.push_back({primal[by[k]].node, tangents[k]});
            std::vector<u32> targets;
            std::vector<std::size_t> places;
            std::vector<Value> results{outputs.begin(), outputs.begin() + carried_};
            std::vector<u32> of = carried;
            for (u32 k = carried_; k < outputs.size(); ++k)
                if (is_differentiable(outputs[k].dtype)) of.push_back(k);
            for (u32 k : of) {
                if (outputs[k].node != no_node) {
                    targets.push_back(outputs[k].node);
                    places.push_back(results.size());
                }
                results.push_back(zeros_of(output_type(k)));
            }
            std::vector<Answer> answers(targets.size());
            if (!targets.empty() && !seeds.empty())
                forward_sweep(tape, seeds.data(), seeds.size(), targets.data(), targets.size(),
                              answers.data());
            for (std::size_t k = 0; k < targets.size(); ++k)
                if (answers[k].connected) results[places[k]] = answers[k].value;
            return results;
        });
        return std::make_shared<const Round>(std::move(program),
                                             static_cast<u32>(carried_ + carried.size()),
                                             static_cast<u32>(rows_ + by_row.size()));
    });
}

}  // namespace ag
