// Operations of the user's own, given as C functions. A record of one holds its operands and its
// result, and the functions are called with those.

#include "external.h"

#include <chrono>
#include <limits>
#include <memory>

#include "../kernels/loops.h"
#include "../sharing.h"
#include "../sweep.h"
#include "define.h"

namespace ag {

// ---------------------------------------------------------------- the structure, taken apart

void External::bad_signature(const char* why) const {
    fail("[" + name_ + "] the signature \"" + signature_ + "\" " + why +
         ": it reads like \"(m,n),(n)->(m)\"");
}

namespace {

void skip_space(const char*& at) {
    while (*at == ' ') ++at;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// "(m,3)"; `at` is moved behind it.
External::Extents External::parse_extents(const char*& at) {
    Extents extents;
    skip_space(at);
    if (*at != '(') bad_signature("lacks a \"(\"");
    ++at;
    skip_space(at);
    while (*at != ')') {
        const char* const begin = at;
        while (is_letter(*at) || is_digit(*at)) ++at;
        if (at == begin) bad_signature("has an extent without a name");
        Letter letter{std::string(begin, at), -1};
        if (is_digit(letter.name[0])) {
            letter.extent = 0;
            for (char c : letter.name) {
                if (!is_digit(c) || letter.extent > 100'000'000)
                    bad_signature("has an extent that is neither a name nor a number");
                letter.extent = letter.extent * 10 + (c - '0');
            }
        }
        std::size_t k = 0;
        while (k < letters_.size() && letters_[k].name != letter.name) ++k;
        if (k == letters_.size()) letters_.push_back(letter);
        extents.push_back(static_cast<int>(k));
        skip_space(at);
        if (*at == ',')
            ++at;
        else if (*at != ')')
            bad_signature("lacks a \")\"");
        skip_space(at);
    }
    ++at;
    skip_space(at);
    if (extents.size() > max_rank / 2) bad_signature("has too many extents");
    return extents;
}

void External::parse() {
    const char* at = signature_.c_str();
    inputs_.push_back(parse_extents(at));
    while (*at == ',') inputs_.push_back(parse_extents(++at));
    if (at[0] != '-' || at[1] != '>') bad_signature("lacks a \"->\"");
    const std::size_t known = letters_.size();
    output_ = parse_extents(at += 2);
    if (*at != '\0') bad_signature("goes on after the output; an operation has one");
    for (std::size_t k = known; k < letters_.size(); ++k)
        if (letters_[k].extent < 0) bad_signature("has an extent in the output that no input has");
    elementwise_ = output_.empty();
    for (const Extents& e : inputs_) elementwise_ = elementwise_ && e.empty();
}

External* External::create(const autograd_c_operation& functions, void* owner,
                           void (*release)(void*)) {
    struct Dropped {
        External* external;
        ~Dropped() {
            if (external != nullptr) external->drop();
        }
    } made{new External};
    External& e = *made.external;
    if (functions.version != AUTOGRAD_C_OPERATION_VERSION)
        fail("an operation of version " + std::to_string(functions.version) + ", where version " +
             std::to_string(AUTOGRAD_C_OPERATION_VERSION) + " is known");
    e.name_ = functions.name != nullptr ? functions.name : "c_operation";
    if (functions.signature == nullptr) fail("[" + e.name_ + "] lacks a signature");
    e.signature_ = functions.signature;
    if (functions.value == nullptr) fail("[" + e.name_ + "] lacks a function `value`");
    switch (functions.dtype) {
        case AUTOGRAD_C_FLOAT32: e.dtype_ = DType::float32; break;
        case AUTOGRAD_C_FLOAT64: e.dtype_ = DType::float64; break;
        case AUTOGRAD_C_COMPLEX64: e.dtype_ = DType::complex64; break;
        case AUTOGRAD_C_COMPLEX128: e.dtype_ = DType::complex128; break;
        default:
            fail(ErrorKind::dtype, "[" + e.name_ + "] " + std::to_string(functions.dtype) +
                                       " is no dtype of an operation");
    }
    e.parse();
    e.numbers_ = e.elementwise_ && e.inputs_.size() <= 2 && is_floating(e.dtype_);
    e.nan_ = Value::constant(e.dtype_, std::numeric_limits<double>::quiet_NaN()).bits;
    e.functions_ = functions;
    e.owner_ = owner;
    e.release_owner_ = release;
    made.external = nullptr;
    return &e;
}

External::~External() {
    if (functions_.release != nullptr) functions_.release(functions_.user_data);
    if (release_owner_ != nullptr) release_owner_(owner_);
}

// ---------------------------------------------------------------- calls

void External::make_frame(const Value* x, i64 batch, Frame& frame) const {
    frame.one_number = elementwise_ && batch < 0;
    for (std::size_t k = 0; k < inputs_.size(); ++k)
        frame.one_number = frame.one_number && !x[k].is_array;
    if (frame.one_number) {
        frame.dimensions.push_back(1);
        return;
    }
    SmallVector<i64, 8> extents;
    for (const Letter& letter : letters_) extents.push_back(letter.extent);
    Shape problems;
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
        const Shape shape = x[k].shape();
        const Extents& wanted = inputs_[k];
        const int lead = shape.rank - static_cast<int>(wanted.size());
        bool fits = lead >= 0;
        for (std::size_t d = 0; fits && d < wanted.size(); ++d) {
            i64& extent = extents[static_cast<std::size_t>(wanted[d])];
            const i64 given = shape[lead + static_cast<int>(d)];
            if (extent < 0) extent = given;
            fits = extent == given;
        }
        if (!fits)
            fail("[" + name_ + "] input " + std::to_string(k) + " has shape " + shape.text() +
                 ", which does not fit the signature \"" + signature_ + "\"");
        problems = broadcast_shapes(problems, Shape(shape.dims, lead), name_.c_str());
    }
    const auto operand = [&](const Extents& of) {
        Shape shape;
        if (batch >= 0) shape.push(batch);
        for (int d = 0; d < problems.rank; ++d) shape.push(problems[d]);
        for (int letter : of) shape.push(extents[static_cast<std::size_t>(letter)]);
        return shape;
    };
    for (const Extents& of : inputs_) frame.inputs.push_back(operand(of));
    frame.output = operand(output_);
    frame.dimensions.push_back(problems.size() * std::max<i64>(batch, batch < 0));
    for (i64 extent : extents) frame.dimensions.push_back(extent);
}

// Pointers to contiguous elements, copied where the operand is not laid out like that.
class External::Operands {
   public:
    explicit Operands(std::size_t count) { copies_.reserve(count); }
    // Null instead of a shape: x is a number, as the functions take it.
    void push(const Value& x, const Shape* shape) {
        if (shape != nullptr && !(x.contiguous() && x.shape() == *shape)) {
            copies_.push_back(contiguous(broadcast_to(x.detached(), *shape)));
            pointers_.push_back(copies_.back().data());
        } else {
            pointers_.push_back(x.data());
        }
    }
    void push_null() { pointers_.push_back(nullptr); }
    const void* const* data() const { return pointers_.begin(); }

   private:
    SmallVector<const void*, 4> pointers_;
    std::vector<Value> copies_;
};

Value External::unwritten(const Shape* shape) const {
    Value v = make_value(dtype_, shape == nullptr ? Shape() : *shape);
    const i64 n = v.size() * (is_complex(v.dtype) ? 2 : 1);
    if (real_dtype(v.dtype) == DType::float32)
        std::fill_n(reinterpret_cast<float*>(v.mutable_data()), n,
                    std::numeric_limits<float>::quiet_NaN());
    else
        std::fill_n(reinterpret_cast<double*>(v.mutable_data()), n,
                    std::numeric_limits<double>::quiet_NaN());
    return v;
}

void External::failed(std::int32_t status, const char* function) const {
    fail(ErrorKind::external, "[" + name_ + "] its function `" + function +
                                  "` failed: it returned " + std::to_string(status));
}

void External::require_vjp() const {
    if (functions_.vjp == nullptr && !(elementwise_ && functions_.jvp != nullptr))
        fail(ErrorKind::unimplemented, "[" + name_ + "] has no function `vjp`: it has no gradient");
}

void External::require_jvp() const {
    if (functions_.jvp == nullptr && !(elementwise_ && functions_.vjp != nullptr))
        fail(ErrorKind::unimplemented,
             "[" + name_ + "] has no function `jvp`: it has no derivative in forward mode");
}

void External::vjp(const Value* x, const Value& y, const Value& g, i64 batch, const u8* wanted,
                   Value* cotangents) const {
    require_vjp();
    Frame frame;
    make_frame(x, batch, frame);
    const std::size_t count = inputs_.size();
    Operands operands(count + 2);
    for (std::size_t k = 0; k < count; ++k) operands.push(x[k], frame.of_input(k));
    operands.push(y, frame.of_output());
    operands.push(g, frame.of_output());
    SmallVector<void*, 4> targets;
    for (std::size_t k = 0; k < count; ++k) {
        if (wanted[k]) cotangents[k] = unwritten(frame.of_input(k));
        targets.push_back(wanted[k] ? cotangents[k].mutable_data() : nullptr);
    }
    const void* const output = operands.data()[count];
    const void* const cotangent = operands.data()[count + 1];
    const i64* const dimensions = frame.dimensions.begin();
    if (functions_.vjp != nullptr) {
        check(functions_.vjp(operands.data(), output, cotangent, targets.begin(), dimensions,
                             functions_.user_data),
              "vjp");
        return;
    }
    // A diagonal Jacobian is its own transpose: the tangent for one input is its cotangent.
    const Value conjugate = conj(g.detached());
    Operands pushed(1);
    pushed.push(conjugate, frame.of_output());
    for (std::size_t k = 0; k < count; ++k) {
        if (!wanted[k]) continue;
        SmallVector<const void*, 4> tangents(count, nullptr);
        tangents[k] = pushed.data()[0];
        check(functions_.jvp(operands.data(), output, tangents.begin(), targets[k], dimensions,
                             functions_.user_data),
              "jvp");
        cotangents[k] = conj(cotangents[k]);
    }
}

Value External::jvp(const Value* x, const Value& y, const Value* const* tangents) const {
    require_jvp();
    Frame frame;
    make_frame(x, -1, frame);
    const std::size_t count = inputs_.size();
    Operands operands(2 * count + 1);
    for (std::size_t k = 0; k < count; ++k) operands.push(x[k], frame.of_input(k));
    operands.push(y, frame.of_output());
    for (std::size_t k = 0; k < count; ++k) {
        if (tangents[k] == nullptr)
            operands.push_null();
        else
            operands.push(*tangents[k], frame.of_input(k));
    }
    const void* const output = operands.data()[count];
    const i64* const dimensions = frame.dimensions.begin();
    if (functions_.jvp != nullptr) {
        Value t = unwritten(frame.of_output());
        check(functions_.jvp(operands.data(), output, operands.data() + count + 1, t.mutable_data(),
                             dimensions, functions_.user_data),
              "jvp");
        return t;
    }
    Value total;
    bool first = true;
    for (std::size_t k = 0; k < count; ++k) {
        if (tangents[k] == nullptr) continue;
        const Value conjugate = conj(tangents[k]->detached());
        Operands pulled(1);
        pulled.push(conjugate, frame.of_output());
        Value part = unwritten(frame.of_output());
        SmallVector<void*, 4> targets(count, nullptr);
        targets[k] = part.mutable_data();
        check(functions_.vjp(operands.data(), output, pulled.data()[0], targets.begin(), dimensions,
                             functions_.user_data),
              "vjp");
        part = conj(part);
        total = first ? std::move(part) : binary(Op::add, total, part);
        first = false;
    }
    return total;
}

namespace {

constexpr i64 one_problem = 1;

using Clock = std::chrono::steady_clock;

}  // namespace

void External::vjp_of_numbers(const u64* words, const u64& g, void* const* cotangents) const {
    require_vjp();
    const std::size_t count = inputs_.size();
    const void* const inputs[] = {words, words + 1};
    const void* const output = words + count;
    for (std::size_t k = 0; k < count; ++k)
        if (cotangents[k] != nullptr) std::memcpy(cotangents[k], &nan_, sizeof nan_);
    if (functions_.vjp != nullptr) {
        check(functions_.vjp(inputs, output, &g, cotangents, &one_problem, functions_.user_data),
              "vjp");
        return;
    }
    for (std::size_t k = 0; k < count; ++k) {
        if (cotangents[k] == nullptr) continue;
        const void* tangents[2] = {};
        tangents[k] = &g;
        check(functions_.jvp(inputs, output, tangents, cotangents[k], &one_problem,
                             functions_.user_data),
              "jvp");
    }
}

u64 External::jvp_of_numbers(const u64* words, const u64* const* tangents) const {
    require_jvp();
    const std::size_t count = inputs_.size();
    if (functions_.jvp == nullptr) {
        Value values[3];
        const Value* given[2] = {};
        Value tangent_values[2];
        for (std::size_t k = 0; k <= count; ++k) values[k] = Value::from_bits(dtype_, words[k]);
        for (std::size_t k = 0; k < count; ++k) {
            if (tangents[k] == nullptr) continue;
            tangent_values[k] = Value::from_bits(dtype_, *tangents[k]);
            given[k] = &tangent_values[k];
        }
        return jvp(values, values[count], given).bits;
    }
    const void* const inputs[] = {words, words + 1};
    const void* const given[] = {tangents[0], count == 2 ? tangents[1] : nullptr};
    u64 t = nan_;
    check(functions_.jvp(inputs, words + count, given, &t, &one_problem, functions_.user_data),
          "jvp");
    return t;
}

// ---------------------------------------------------------------- records

namespace {

OpCode external_op, derivative_op;

// What a function on arrays may cost, in elements: enough for other threads to run meanwhile.
constexpr i64 unknown_work = 1'000'000;

struct ExternalCall final : Extra {
    External* external;
    std::vector<Value> values;  // operands, then the result; of a derivative, none

    explicit ExternalCall(External* shared) : external(shared) { shared->retain(); }
    ~ExternalCall() override { external->drop(); }
};

// Appends the record of `y`, which came of inputs with these nodes, if one of them is tracked.
void record_call(OpCode op, const u32* nodes, std::size_t count, External* external,
                 const Value* values, Value& y) {
    if (active_log == nullptr ||
        std::all_of(nodes, nodes + count, [](u32 node) { return node == no_node; }))
        return;
    auto call = std::make_unique<ExternalCall>(external);
    if (values != nullptr) {
        call->values.reserve(count + 1);
        for (std::size_t k = 0; k < count; ++k) call->values.push_back(values[k].detached());
        call->values.push_back(y.detached());
    }
    const bool fits = count <= 2;
    if (!fits) call->inputs.assign(nodes, nodes + count);
    Record* r =
        open_record(op, y, fits ? nodes[0] : no_node, fits && count == 2 ? nodes[1] : no_node);
    r->store_extra(1, call.release());
    if (values != nullptr) active_log->elements += unknown_work;
    active_log->has_foreign = true;
    finish_record(y);
}

// A derivative that a C function computed depends on `nodes` in a way that nobody knows.
void record_derivative(SmallVector<u32, 4>& nodes, External* external, Value& y) {
    record_call(derivative_op, nodes.begin(), nodes.size(), external, nullptr, y);
}

// What a record of the operation holds: its functions, the operands and the result. Those of
// numbers are words in the log: the functions' address first.
struct Recorded {
    const Value* values;
    External* external;

    explicit Recorded(const Record& r) {
        if (r.kind(1) == Keep::extra) {
            const auto& call = static_cast<const ExternalCall&>(*r.extra());
            external = call.external;
            values = call.values.data();
            return;
        }
        const u64* const words = words_of(r);
        external = reinterpret_cast<External*>(words[0]);
        for (std::size_t k = 0; k <= external->input_count(); ++k)
            few_[k] = Value::from_bits(r.dtype, words[k + 1]);
        values = few_;
    }
    static const u64* words_of(const Record& r) {
        return reinterpret_cast<const u64*>(r.keep[1].bits);
    }

   private:
    Value few_[3];
};

void retain_external(void* external) { static_cast<External*>(external)->retain(); }
void drop_external(void* external) { static_cast<External*>(external)->drop(); }

void record_numbers(External* external, const Value* x, std::size_t count, Value& y) {
    Log* const log = active_log;
    const u32 second = count == 2 ? x[1].node : no_node;
    if (x[0].node == no_node && second == no_node) return;
    log->hold(external, retain_external, drop_external);
    u64* const words = log->words.take(static_cast<u32>(count) + 2);
    words[0] = reinterpret_cast<u64>(external);
    for (std::size_t k = 0; k < count; ++k) words[k + 1] = x[k].bits;
    words[count + 1] = y.bits;
    Record* r = log->reserve();
    r->op = external_op;
    r->flags = Record::scalar | static_cast<u8>(Keep::number) << 2;
    r->dtype = y.dtype;
    r->type = static_cast<u32>(y.dtype);
    r->in[0] = x[0].node;
    r->in[1] = second;
    note_origin();
    r->keep[1].bits = reinterpret_cast<u64>(words);
    if (AG_UNLIKELY(external->is_slow())) log->elements += unknown_work;
    log->has_foreign = true;
    finish_record(y);
}

template <class T>
void reverse_number(const Record& r, u64 g, Slots& slots) {
    const u64* const words = Recorded::words_of(r);
    const auto* external = reinterpret_cast<const External*>(words[0]);
    const std::size_t count = external->input_count();
    u64 found[2];
    void* targets[2] = {};
    u32 places[2];
    for (std::size_t k = 0; k < count; ++k) {
        places[k] = slots.index(r.in[k]);
        if (places[k] != Slots::nowhere && (slots.state(places[k]) & Slots::wanted))
            targets[k] = &found[k];
    }
    external->vjp_of_numbers(words + 1, g, targets);
    for (std::size_t k = 0; k < count; ++k) {
        if (targets[k] == nullptr) continue;
        T x;
        std::memcpy(&x, &found[k], sizeof x);
        slots.add_number(places[k], x);
    }
}

u64 forward_number(const Record& r, const Value* a_tangent, const Value* b_tangent) {
    const u64* const words = Recorded::words_of(r);
    const u64* const tangents[] = {a_tangent != nullptr ? &a_tangent->bits : nullptr,
                                   b_tangent != nullptr ? &b_tangent->bits : nullptr};
    return reinterpret_cast<const External*>(words[0])->jvp_of_numbers(words + 1, tangents);
}

}  // namespace

void External::check_finite(const Value* x, const Value& y) const {
    if (AG_LIKELY(!checking)) return;
    std::vector<const Value*> inputs;
    for (std::size_t k = 0; k < inputs_.size(); ++k) inputs.push_back(&x[k]);
    require_finite(name_.c_str(), inputs.data(), inputs.size(), y);
}

Value External::call(const Value* x) {
    // What was let go of the lock for may find another log, or none, when it wants to be recorded.
    const u64 epoch = active_log == nullptr ? 0 : active_log->epoch;
    const auto records = [epoch] { return active_log != nullptr && active_log->epoch == epoch; };
    const std::size_t count = inputs_.size();
    if (numbers_ && !x[0].is_array && (count < 2 || !x[1].is_array)) {
        Value y = call_for_number(x);
        if (records()) record_numbers(this, x, count, y);
        return y;
    }
    SmallVector<u32, 4> nodes;
    for (std::size_t k = 0; k < count; ++k) nodes.push_back(x[k].node);
    Value y;
    {
        WithoutLock without;
        Frame frame;
        make_frame(x, -1, frame);
        Operands operands(count);
        for (std::size_t k = 0; k < count; ++k) operands.push(x[k], frame.of_input(k));
        y = unwritten(frame.of_output());
        check(functions_.value(operands.data(), y.mutable_data(), frame.dimensions.begin(),
                               functions_.user_data),
              "value");
    }
    check_finite(x, y);
    if (records()) record_call(external_op, nodes.begin(), count, this, x, y);
    return y;
}

Value External::call_for_number(const Value* x) {
    const void* const inputs[] = {&x[0].bits, inputs_.size() < 2 ? nullptr : &x[1].bits};
    Value y = Value::from_bits(dtype_, nan_);
    // To ask the clock costs as much as a fast function: some calls tell for all.
    const bool timed = !is_slow() && calls_.fetch_add(1, std::memory_order_relaxed) % 64 == 0;
    const auto begin = timed ? Clock::now() : Clock::time_point();
    {
        WithoutLock without(is_slow());
        check(functions_.value(inputs, &y.bits, &one_problem, functions_.user_data), "value");
    }
    if (timed && Clock::now() - begin > std::chrono::microseconds(5))
        slow_.store(true, std::memory_order_relaxed);
    check_finite(x, y);
    return y;
}

static void external_reverse(const Record& r, const Value& g, Accumulator& acc) {
    const Recorded call(r);
    const std::size_t count = call.external->input_count();
    SmallVector<u8, 4> wanted;
    SmallVector<u32, 4> nodes;
    for (std::size_t k = 0; k < count; ++k) {
        wanted.push_back(acc.wants(static_cast<int>(k)));
        nodes.push_back(acc.active_input(static_cast<int>(k)));
    }
    nodes.push_back(g.node);
    std::vector<Value> cotangents(count);
    call.external->vjp(call.values, call.values[count], g, acc.mode().batch, wanted.begin(),
                       cotangents.data());
    for (std::size_t k = 0; k < count; ++k) {
        if (!wanted[k]) continue;
        if (acc.mode().recorded) record_derivative(nodes, call.external, cotangents[k]);
        acc.add(static_cast<int>(k), acc.fit(static_cast<int>(k), cotangents[k]));
    }
}

static Value external_forward(const Record& r, const Tangents& t) {
    const Recorded call(r);
    const std::size_t count = call.external->input_count();
    SmallVector<const Value*, 4> tangents;
    SmallVector<u32, 4> nodes;
    for (std::size_t k = 0; k < count; ++k) {
        const int input = static_cast<int>(k);
        tangents.push_back(t.has(input) ? &t.get(input) : nullptr);
        nodes.push_back(t.active_input(input));
        if (tangents[k] != nullptr) nodes.push_back(tangents[k]->node);
    }
    Value y = call.external->jvp(call.values, call.values[count], tangents.begin());
    record_derivative(nodes, call.external, y);
    return y;
}

namespace {

[[noreturn]] void no_second_derivative(const Record& r) {
    fail(
        ErrorKind::unimplemented,
        std::string("[") + static_cast<const ExternalCall&>(*r.extra()).external->name() +
            "] the derivative of its derivative is asked for, which C functions computed; give the "
            "operation its derivative by tf.custom_gradient, made of operations, to have more");
}

}  // namespace

static void derivative_reverse(const Record& r, const Value&, Accumulator&) {
    no_second_derivative(r);
}

static Value derivative_forward(const Record& r, const Tangents&) { no_second_derivative(r); }

void define_external() {
    define_op(external_op, "c_operation", 1, nullptr, external_reverse, external_forward);
    define_op(derivative_op, "c_operation_derivative", 1, nullptr, derivative_reverse,
              derivative_forward);
    OpInfo& op = op_table[external_op];
    op.reverse_number[float_index(DType::float32)] = reverse_number<float>;
    op.reverse_number[float_index(DType::float64)] = reverse_number<double>;
    op.forward_number[float_index(DType::float32)] = forward_number;
    op.forward_number[float_index(DType::float64)] = forward_number;
}

}  // namespace ag
