#include "rounds.h"

#include <algorithm>

#include "composite.h"
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

template <class Make>
RoundPointer Round::derived(std::vector<u8> key, Make make) const {
    {
        std::lock_guard<std::mutex> guard(mutex_);
        const auto found = derived_.find(key);
        if (found != derived_.end()) return found->second;
    }
    // Without the mutex: it calls what may call back. If two threads make one, one is kept.
    const RoundPointer made = make();
    std::lock_guard<std::mutex> guard(mutex_);
    return derived_.emplace(std::move(key), made).first->second;
}

std::vector<u8> Round::reads() const {
    std::vector<u8> read(program_->code().slot_count());
    for (const Instruction& i : program_->code().instructions)
        for (u32 slot : i.inputs) read[slot] = true;
    for (u32 slot : program_->outputs()) read[slot] = true;
    read.resize(program_->input_count());
    return read;
}

RoundPointer Round::with_history(const std::vector<u8>& which) const {
    std::vector<u8> key{0};
    key.insert(key.end(), which.begin(), which.end());
    return derived(std::move(key), [&] {
        std::vector<u32> outputs = program_->outputs();
        for (u32 k = 0; k < carried_; ++k)
            if (which[k]) outputs.push_back(k);
        return std::make_shared<const Round>(
            std::make_shared<const Program>(*program_, std::move(outputs)), carried_, rows_);
    });
}

RoundPointer Round::without_results() const {
    return derived({4}, [&] {
        const std::vector<u32>& all = program_->outputs();
        return std::make_shared<const Round>(
            std::make_shared<const Program>(*program_,
                                            std::vector<u32>(all.begin(), all.begin() + carried_)),
            carried_, rows_);
    });
}

RoundPointer Round::with_condition(const Program& condition) const {
    return derived({3}, [&] {
        std::vector<u32> taken(program_->outputs().begin(), program_->outputs().begin() + carried_);
        for (u32 k = carried_; k < program_->input_count(); ++k) taken.push_back(k);
        return std::make_shared<const Round>(
            std::make_shared<const Program>(*program_, condition, taken), carried_, 0);
    });
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

void append(std::vector<Value>& list, const std::vector<Value>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

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

RoundPointer Round::vjp(const std::vector<u8>& wanted, const std::vector<u8>& reached,
                        const std::vector<Value>& inputs) const {
    std::vector<u8> key{1};
    key.insert(key.end(), wanted.begin(), wanted.end());
    key.insert(key.end(), reached.begin(), reached.end());
    return derived(std::move(key), [&] {
        const u32 input_count = program_->input_count();
        std::vector<u32> with_cotangent, summed, by_row, seen;
        for (u32 k = 0; k < carried_; ++k)
            if (is_differentiable(input_type(k).dtype)) with_cotangent.push_back(k);
        for (u32 k = carried_; k < input_count; ++k)
            if (wanted[k]) (k < carried_ + rows_ ? by_row : summed).push_back(k);
        for (u32 k = 0; k < results(); ++k)
            if (reached[k]) seen.push_back(carried_ + k);
        std::vector<Value> examples;
        for (u32 k : with_cotangent) examples.push_back(zeros_of(input_type(k)));
        for (u32 k : summed) examples.push_back(zeros_of(input_type(k)));
        append(examples, {inputs.begin(), inputs.begin() + carried_ + rows_});
        for (u32 k : seen) examples.push_back(zeros_of(output_type(k)));
        append(examples, {inputs.begin() + carried_ + rows_, inputs.end()});
        auto program = record_program(examples, [&](const Tape& tape, const auto& given) {
            Reader reader(given);
            std::vector<Value> cotangents = reader.take(with_cotangent.size());
            const std::vector<Value> sums = reader.take(summed.size());
            std::vector<Value> primal = reader.take(carried_ + rows_);
            append(cotangents, reader.take(seen.size()));
            append(primal, reader.take(constants()));
            const std::vector<Value> outputs = program_->run(primal);
            std::vector<Seed> seeds;
            std::vector<u32> of = with_cotangent;
            of.insert(of.end(), seen.begin(), seen.end());
            for (std::size_t k = 0; k < of.size(); ++k)
                if (outputs[of[k]].node != no_node)
                    seeds.push_back({outputs[of[k]].node, cotangents[k]});
            std::vector<u32> by = with_cotangent;
            by.insert(by.end(), summed.begin(), summed.end());
            by.insert(by.end(), by_row.begin(), by_row.end());
            std::vector<u32> sources;
            for (u32 k : by) sources.push_back(primal[k].node);
            std::vector<Answer> answers(by.size());
            if (!seeds.empty() && !by.empty())
                reverse_sweep(tape, seeds.data(), seeds.size(), sources.data(), sources.size(),
                              answers.data(), false);
            std::vector<Value> results;
            for (std::size_t k = 0; k < by.size(); ++k) {
                const std::size_t sum = k - with_cotangent.size();
                if (k < with_cotangent.size() || sum >= sums.size())
                    results.push_back(whole(answers[k], input_type(by[k])));
                else if (answers[k].connected)
                    results.push_back(
                        binary(Op::add, sums[sum], whole(answers[k], input_type(by[k]))));
                else
                    results.push_back(sums[sum]);
            }
            return results;
        });
        return std::make_shared<const Round>(
            std::move(program), static_cast<u32>(with_cotangent.size() + summed.size()),
            static_cast<u32>(carried_ + rows_ + seen.size()));
    });
}

RoundPointer Round::jvp(const std::vector<u8>& given, const std::vector<Value>& inputs) const {
    std::vector<u8> key{2};
    key.insert(key.end(), given.begin(), given.end());
    return derived(std::move(key), [&] {
        std::vector<u32> carried, by_row, constant;
        for (u32 k = 0; k < carried_; ++k)
            if (is_differentiable(input_type(k).dtype)) carried.push_back(k);
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
            by.insert(by.end(), by_row.begin(), by_row.end());
            by.insert(by.end(), constant.begin(), constant.end());
            const std::vector<Value> outputs = program_->run(primal);
            std::vector<Seed> seeds;
            for (std::size_t k = 0; k < by.size(); ++k)
                seeds.push_back({primal[by[k]].node, tangents[k]});
            std::vector<u32> targets;
            std::vector<std::size_t> places;
            std::vector<Value> results{outputs.begin(), outputs.begin() + carried_};
            for (u32 k = 0; k < outputs.size(); ++k) {
                if (!is_differentiable(outputs[k].dtype)) continue;
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
