// Operations whose values or derivatives come from outside of the engine: from the layer above
// (custom gradients, host rows) or from functions in C. Their records are of one kind.
//
// An operation with m outputs is m records in a row. The first one has the inputs and the host; the
// others only stand for their outputs. A reverse sweep meets the first one last, when the
// cotangents of all outputs are complete.
#pragma once

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "../instruction.h"
#include "batch.h"
#include "ops.h"

namespace ag {

// The call that a record is of, for who has to say its derivative.
struct HostCall {
    std::vector<i64> attributes;
    // By position, those that the record keeps, with their nodes on the log that records now.
    std::vector<Value> inputs, outputs;
    // Of a row's inputs; null of one that no derivative is taken by.
    std::vector<const TypeEntry*> of_inputs;
};

// What a host is asked for in a reverse sweep. Batched cotangents have one axis more, in front.
struct HostPull : HostCall {
    std::vector<Value> cotangents;  // of the outputs, zeros where there are none
    Flags reached;                  // by output: whether there is one
    Flags wanted;                   // by input
    SmallVector<u32, 8> nodes;      // by input: its node on the log that records now
    i64 batch = -1;                 // how many cotangents there are at once, or -1
    enum Given : u8 { nothing, recorded, unrecorded };
    // To be filled in: the inputs' cotangents, and what each of them is. What was computed
    // otherwise than by operations has derivatives that nobody knows.
    std::vector<Value> answers;
    Flags given;
};

// What it is asked for when tangents are pushed forward: the tangent of one output.
struct HostPush : HostCall {
    std::vector<Value> tangents;  // of the inputs
    Flags reached;                // by input: whether it has one
    std::vector<Value> zeros;     // of the outputs' dtypes and shapes
    std::size_t output = 0;       // whose tangent is asked for
    SmallVector<u32, 8> nodes;
    Value answer;
    u8 given = HostPull::nothing;
};

// What is known of the calls of a host.
struct HostSpec {
    std::string name;      // in messages
    u8 inputs = 1;         // of a row: how many
    u8 arity = 1;          // and of them those in front that it has derivatives by
    u32 outputs = 1;       // of a row: how many
    u8 attributes = 0;     // of a row: how many integers
    u32 keeps = 0;         // what its rules read: bit k for input k, inputs + k for output k
    u32 dtypes = 0;        // of a row's first input, by code; narrow ones are computed in float32
    bool leading = false;  // calls and rules take further axes in front, for a batch at once
    bool broadcasts = false;  // cotangents may have axes along which their input was broadcast

    bool is_row() const { return dtypes != 0; }
};

// Shared by the records of its calls.
class Host {
   public:
    explicit Host(HostSpec given) : spec(std::move(given)) {}
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    void retain() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }
    void drop() noexcept {
        if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    // Of a row: its outputs. Nothing is recorded meanwhile.
    virtual void run(const Call& given, std::vector<Value>& outputs);
    // They return whether tapes were entered or left meanwhile, so that what was recorded is on no
    // log that records now.
    virtual bool pull(HostPull& call) = 0;
    virtual bool push(HostPush& call) = 0;
    bool keeps(std::size_t k) const { return spec.keeps >> std::min<std::size_t>(k, 31) & 1; }
    // What is wrong if the derivative of an answer is asked for that is `unrecorded`.
    virtual std::string no_further_derivative() const = 0;

    const HostSpec spec;

   protected:
    virtual ~Host() = default;

   private:
    std::atomic<u32> refs_{1};
};

// What the first record of a call holds: the nodes of inputs, those that it has derivatives by
// first, the attributes, and the values that the rules read, in the order of HostSpec::keeps.
struct HostExtra final : Extra {
    Host& host;
    const std::size_t outputs;
    const std::size_t own;     // inputs that it has derivatives by
    const std::size_t values;  // inputs of the call

    HostExtra(Host& shared, std::size_t output_count, std::size_t own_count, std::size_t count)
        : host(shared), outputs(output_count), own(std::min(own_count, count)), values(count) {
        host.retain();
    }
    HostExtra(const HostExtra&) = delete;
    HostExtra& operator=(const HostExtra&) = delete;
    ~HostExtra() override { host.drop(); }
    // Its host may go by them, whoever asks.
    void drop_values() noexcept override {}
};

// The rules of a record that holds that.
void reverse_host(const HostExtra& e, const Value& g, Accumulator& acc);
Value forward_host(const HostExtra& e, u32 first, const Tangents& t);

// Functions of the layer above that know what `object` is. They return non-zero when they failed,
// and have set an error of their own then.
struct HostFunctions {
    int (*run)(void* object, const Call& given, std::vector<Value>& outputs);
    int (*pull)(void* object, HostPull& call);
    int (*push)(void* object, HostPush& call);
    void (*release)(void* object);
};
// A host of the layer above, which is called with the lock; it lets go of `object` at its end.
Host* make_host(const HostSpec& spec, void* object, const HostFunctions& functions);

// Adds a row for a host's calls to the operation table, which keeps the host. Its code.
OpCode define_host(Host& host);
// A call of that row: all outputs.
std::vector<Value> call_host(OpCode code, const Call& given);
// Of what an instruction says: its outputs, into the places from `results` on.
void call_into(const Instruction& i, const Call& given, Value* results);
// Many calls of an instruction with a host at once: all outputs, with the axis. `types` are those
// of the outputs of one.
std::vector<Value> call_host_batched(const Instruction& i, const Batch& batch,
                                     const TypeEntry* types);

// Records that `outputs` came from `given` as a call of that row (or one of the rows below), and
// gives them their nodes; false if no input is tracked. The nodes of the first `node_count` inputs
// are noted. The host says the derivatives by the first `own` of them; if one is wanted by a source
// that only the others depend on, it is asked for those, and should fail.
bool record_host(OpCode code, Host& host, const Call& given, std::vector<Value>& outputs,
                 std::size_t own, std::size_t node_count);
constexpr std::size_t all_inputs = static_cast<std::size_t>(-1);
// The same for a custom gradient, which has no row of its own. Of inputs whose nodes are not noted
// the outputs do not depend; those that the rules read have their nodes for these.
bool record_custom(Host& host, const std::vector<Value>& inputs, std::vector<Value>& outputs,
                   std::size_t own = all_inputs, std::size_t node_count = all_inputs);

// The same for a composite, in program mode.
void record_composite(Host& host, const std::vector<Value>& inputs, std::vector<Value>& outputs,
                      std::size_t own = all_inputs, std::size_t node_count = all_inputs);
// Whether records of an operation say all that it takes to run it again.
bool can_run_again(OpCode code);
// What an instruction made of a record has for a host of its own.
HostRef own_host(const Record& r);

// The nodes that `results` were computed from by the records from `since` on: those before it, and
// what came to be watched meanwhile. `inputs` are not among them, nor what is behind those.
std::vector<u32> origins(const std::vector<Value>& results, const std::vector<Value>& inputs,
                         u32 since);

}  // namespace ag
