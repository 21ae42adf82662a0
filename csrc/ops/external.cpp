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
    fail("[" + spec.name + "] the signature \"" + signature_ + "\" " + why +
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
    const std::string name = functions.name != nullptr ? functions.name : "c_operation";
    struct Dropped {
        External* external;
        ~Dropped() {
            if (external != nullptr) external->drop();
        }
    } made{new External(name)};
    External& e = *made.external;
    if (functions.version != AUTOGRAD_C_OPERATION_VERSION)
        fail("an operation of version " + std::to_string(functions.version) + ", where version " +
             std::to_string(AUTOGRAD_C_OPERATION_VERSION) + " is known");
    if (functions.signature == nullptr) fail("[" + name + "] lacks a signature");
    e.signature_ = functions.signature;
    if (functions.value == nullptr) fail("[" + name + "] lacks a function `value`");
    switch (functions.dtype) {
        case AUTOGRAD_C_FLOAT32: e.dtype_ = DType::float32; break;
        case AUTOGRAD_C_FLOAT64: e.dtype_ = DType::float64; break;
        case AUTOGRAD_C_COMPLEX64: e.dtype_ = DType::complex64; break;
        case AUTOGRAD_C_COMPLEX128: e.dtype_ = DType::complex128; break;
        default:
            fail(ErrorKind::dtype, "[" + name + "] " + std::to_string(functions.dtype) +
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

External::External(const std::string& name)
    : Host([&] {
          HostSpec spec;
          spec.name = name;
          spec.keeps = ~u32{0};
          spec.leading = spec.broadcasts = true;
          return spec;
      }()) {}

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
            fail("[" + spec.name + "] input " + std::to_string(k) + " has shape " + shape.text() +
                 ", which does not fit the signature \"" + signature_ + "\"");
        problems = broadcast_shapes(problems, Shape(shape.dims, lead), name());
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
    fail(ErrorKind::external, "[" + spec.name + "] its function `" + function +
                                  "` failed: it returned " + std::to_string(status));
}

void External::require_vjp() const {
    if (functions_.vjp == nullptr && !(elementwise_ && functions_.jvp != nullptr))
        fail(ErrorKind::unimplemented,
             "[" + spec.name + "] has no function `vjp`: it has no gradient");
}

void External::require_jvp() const {
    if (functions_.jvp == nullptr && !(elementwise_ && functions_.vjp != nullptr))
        fail(ErrorKind::unimplemented,
             "[" + spec.name + "] has no function `jvp`: it has no derivative in forward mode");
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

OpCode external_op;

// What a function on arrays may cost, in elements: enough for other threads to run meanwhile.
constexpr i64 unknown_work = 1'000'000;

// The words of a record of numbers: the functions' address, the operands, the result.
const u64* words_of(const Record& r) { return reinterpret_cast<const u64*>(r.keep[1].bits); }
External& external_of(const u64* words) { return *reinterpret_cast<External*>(words[0]); }

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
    log->has_host = true;
    finish_record(y);
}

// A record of numbers as what records of arrays hold.
void unpack_numbers(const Record& r, const External& external, HostExtra& e) {
    const u64* const words = words_of(r) + 1;
    for (std::size_t k = 0; k < external.input_count(); ++k) e.inputs.push_back(r.in[k]);
    for (std::size_t k = 0; k <= external.input_count(); ++k)
        e.kept.push_back(Value::from_bits(r.dtype, words[k]));
}

// Calls f with what a record of the operation holds.
template <class F>
auto with_extra(const Record& r, F f) {
    if (r.kind(1) == Keep::extra) return f(static_cast<const HostExtra&>(*r.extra()));
    External& external = external_of(words_of(r));
    const std::size_t count = external.input_count();
    HostExtra e(external, 1, count, count);
    unpack_numbers(r, external, e);
    return f(e);
}

template <class T>
void reverse_number(const Record& r, u64 g, Slots& slots) {
    const u64* const words = words_of(r);
    const External& external = external_of(words);
    const std::size_t count = external.input_count();
    u64 found[2];
    void* targets[2] = {};
    u32 places[2];
    for (std::size_t k = 0; k < count; ++k) {
        places[k] = slots.index(r.in[k]);
        if (places[k] != Slots::nowhere && (slots.state(places[k]) & Slots::wanted))
            targets[k] = &found[k];
    }
    external.vjp_of_numbers(words + 1, g, targets);
    for (std::size_t k = 0; k < count; ++k) {
        if (targets[k] == nullptr) continue;
        T x;
        std::memcpy(&x, &found[k], sizeof x);
        slots.add_number(places[k], x);
    }
}

u64 forward_number(const Record& r, const Value* a_tangent, const Value* b_tangent) {
    const u64* const words = words_of(r);
    const u64* const tangents[] = {a_tangent != nullptr ? &a_tangent->bits : nullptr,
                                   b_tangent != nullptr ? &b_tangent->bits : nullptr};
    return external_of(words).jvp_of_numbers(words + 1, tangents);
}

}  // namespace

void External::check_finite(const Value* x, const Value& y) const {
    if (AG_LIKELY(!checking)) return;
    std::vector<const Value*> inputs;
    for (std::size_t k = 0; k < inputs_.size(); ++k) inputs.push_back(&x[k]);
    require_finite(name(), inputs.data(), inputs.size(), y);
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
    std::vector<Value> outputs(1);
    Value& y = outputs[0];
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
    SmallVector<const Value*, 4> inputs;
    for (std::size_t k = 0; k < count; ++k) inputs.push_back(&x[k]);
    if (records() && record_host(external_op, *this, Call(nullptr, 0, inputs.begin(), count),
                                 outputs, count, count))
        active_log->elements += unknown_work;
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

bool External::pull(HostPull& call) {
    vjp(call.inputs.data(), call.outputs[0], call.cotangents[0], call.batch, call.wanted.data(),
        call.answers.data());
    for (std::size_t k = 0; k < call.given.size(); ++k)
        if (call.wanted[k]) call.given[k] = HostPull::unrecorded;
    return false;
}

bool External::push(HostPush& call) {
    SmallVector<const Value*, 4> tangents;
    for (std::size_t k = 0; k < call.tangents.size(); ++k)
        tangents.push_back(call.reached[k] ? &call.tangents[k] : nullptr);
    call.answer = jvp(call.inputs.data(), call.outputs[0], tangents.begin());
    call.given = HostPull::unrecorded;
    return false;
}

std::string External::no_further_derivative() const {
    return "[" + spec.name +
           "] the derivative of its derivative is asked for, which C functions computed; give the "
           "operation its derivative by tf.custom_gradient, made of operations, to have more";
}

static void external_reverse(const Record& r, const Value& g, Accumulator& acc) {
    with_extra(r, [&](const HostExtra& e) { reverse_host(e, g, acc); });
}

static Value external_forward(const Record& r, const Tangents& t) {
    return with_extra(r, [&](const HostExtra& e) { return forward_host(e, t.node(), t); });
}

void define_external() {
    define_op(external_op, "c_operation", 1, nullptr, external_reverse, external_forward);
    OpInfo& op = op_table[external_op];
    op.reverse_number[float_index(DType::float32)] = reverse_number<float>;
    op.reverse_number[float_index(DType::float64)] = reverse_number<double>;
    op.forward_number[float_index(DType::float32)] = forward_number;
    op.forward_number[float_index(DType::float64)] = forward_number;
}

}  // namespace ag
