// Structural operations are called, recorded, and found again in their records, in one way for all.
//
// `run` of an operation's row computes, and does nothing else. `call` does the rest: dtypes that
// the row refuses, narrow dtypes by way of float32, the check of the result, and the record.
//
// An operation has attributes (integers) and inputs: those that it has derivatives by first, then
// those that its value alone depends on (conditions, indices). Its record holds the nodes of the
// former, what its rules read of both and of the output, and the attributes, each in the first
// place that has room: flags, the record's two payloads, an Extra. Rules ask for them by what they
// are.
#pragma once

#include <vector>

#include "../small_vector.h"
#include "table.h"

namespace ag {

using Attributes = SmallVector<i64, 24>;

class Call {
   public:
    // `given_up`: input 0, if who calls needs it no more, so that `run` may write to it.
    Call(const i64* attributes, std::size_t attribute_count, const Value* const* inputs,
         std::size_t count, Value* given_up = nullptr)
        : attributes_(attributes),
          attribute_count_(attribute_count),
          inputs_(inputs),
          count_(count),
          given_up_(given_up) {}

    i64 attribute(std::size_t k) const { return attributes_[k]; }
    const i64* attributes() const { return attributes_; }
    std::size_t attribute_count() const { return attribute_count_; }
    std::size_t size() const { return count_; }
    const Value& operator[](std::size_t k) const { return *inputs_[k]; }
    const Value* const* inputs() const { return inputs_; }
    // Input 0, to be written to: its own memory if it was given up and nobody else holds that, or a
    // copy. The last thing that can fail, and no input is read after it.
    Value take_first() const;
    // After the call: whether its output is in the memory of input 0.
    bool took_first(const Value& output) const {
        return given_up_ != nullptr && output.is_array && !inputs_[0]->is_array;
    }

   private:
    const i64* attributes_;
    std::size_t attribute_count_;
    const Value* const* inputs_;
    std::size_t count_;
    Value* given_up_;
};

Value call(OpCode code, const Call& given);
inline Value call(OpCode code, std::initializer_list<i64> attributes,
                  std::initializer_list<const Value*> inputs) {
    return call(code, Call(attributes.begin(), attributes.size(), inputs.begin(), inputs.size()));
}
// Any operation that has a row, elementwise or not, of inputs by position.
Value call_any(OpCode code, const Call& given);

// A call with float32 for a narrow dtype, made by `convert`.
class WideCall {
   public:
    WideCall(const Call& given, Value (*convert)(const Value&, DType));
    const Call& call() const { return call_; }
    WideCall(const WideCall&) = delete;
    WideCall& operator=(const WideCall&) = delete;

   private:
    std::vector<Value> wide_;
    std::vector<const Value*> inputs_;
    Call call_;
};

// In its scope nothing is recorded or checked: what an operation computes on its way is its own
// affair. It calls nothing that could enter a tape (for that, PauseRecording).
class Computing {
   public:
    Computing() : log_(active_log), checking_(checking) {
        active_log = nullptr;
        checking = false;
    }
    ~Computing() {
        active_log = log_;
        checking = checking_;
    }
    Computing(const Computing&) = delete;
    Computing& operator=(const Computing&) = delete;

   private:
    Log* log_;
    bool checking_;
};

// The value without its derivative: what is computed from it depends on it, and has none by it.
// Only a program has to know that something was made of it.
Value stop_in_program(const Value& x);
// Whether somebody may ask for derivatives by the next record: not where no tape is open but that
// of a function that is recorded.
bool is_asked_in_program();
inline bool keeps_values() {
    return AG_LIKELY(active_log->program == nullptr) || is_asked_in_program();
}
inline bool in_program() { return active_log != nullptr && active_log->program != nullptr; }
// For Call: a value that its holder needs no more. But a program, and the check of the result, look
// at the inputs once more.
inline Value* give_up(Value& x) { return checking || in_program() ? nullptr : &x; }
inline Value stop(const Value& x) {
    return AG_UNLIKELY(in_program() && x.node != no_node) ? stop_in_program(x) : x.detached();
}
inline Value stop(const TensorData& t) {
    return AG_UNLIKELY(in_program()) ? stop(traced(t)) : t.value.detached();
}

// ---- what a record knows of its call

Attributes attributes_of(const Log& log, const Record& r);
// Input j, or the output, if the row's rules read it. Where tapes record now, it has its node.
Value kept_input(const Log& log, u32 node, int j);
Value kept_output(const Log& log, u32 node);

// The values that an elementwise record keeps, by the names in the table.
struct Kept {
    Value a, b, y;
    Kept(const Log& log, u32 node, const OpInfo& op) {
        const Record& r = log[node];
        for (int k = 0; k < 2; ++k) {
            if (!r.has(k)) continue;
            if (op.y_slot == k)
                y = r.load(k, log.node_in_active(node));
            else
                (k == 0 ? a : b) = r.load(k, log.node_in_active(r.in[k]));
        }
    }
};

// ---- for operations that are recorded otherwise

// The next record of the active log, all filled in but for the payloads: those are stored, and then
// finish_record makes it count and gives `y` its node. All that can fail happens here, since the
// payloads of a record that never counts would be lost.
Record* open_record(OpCode op, const Value& y, u32 in0, u32 in1);
inline void finish_record(Value& y) noexcept { y.node = active_log->commit(); }

}  // namespace ag
