#include "numerics.h"

#include <limits>
#include <mutex>

#include "fork.h"
#include "ops/table.h"
#include "thread_state.h"

namespace ag {

NumericsHooks numerics_hooks;
AG_THREAD_LOCAL bool noting_origins = false;
static AG_THREAD_LOCAL bool checks_on = false;
static AG_THREAD_LOCAL int noters = 0;  // scopes in which origins are noted, checks or none

// ---------------------------------------------------------------- counting

namespace {

void count(double x, NonFinite& n) {
    if (x != x)
        ++n.nan;
    else
        ++(x < 0 ? n.negative : n.positive);
}

template <class T>
void count_element(const T& x, NonFinite& n) {
    if constexpr (is_narrow_type<T>) {
        count_element(to_float(x), n);
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!std::isfinite(x)) count(static_cast<double>(x), n);
    } else {
        if (std::isnan(x.real()) || std::isnan(x.imag()))
            ++n.nan;
        else if (std::isinf(x.real()))
            count_element(x.real(), n);
        else
            count_element(x.imag(), n);
    }
}

template <class T>
bool is_finite_row(const T* x, i64 n) {
    // No branch, and no sum of floats: compilers make it a vector loop.
    int found = 0;
    for (i64 i = 0; i < n; ++i) found |= !(std::abs(x[i]) <= std::numeric_limits<T>::max());
    return found == 0;
}

}  // namespace

NonFinite count_non_finite(const Value& x) {
    NonFinite n;
    if (!is_differentiable(x.dtype) || x.size() == 0) return n;
    const Value c = contiguous(x);
    dispatch(x.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (!std::is_integral_v<T>) {
            const T* p = reinterpret_cast<const T*>(c.data());
            const i64 size = c.size();
            if constexpr (std::is_floating_point_v<T>) {
                if (is_finite_row(p, size)) return;
            } else if constexpr (!is_narrow_type<T>) {
                using R = typename T::value_type;
                if (is_finite_row(reinterpret_cast<const R*>(p), 2 * size)) return;
            }
            for (i64 i = 0; i < size; ++i) count_element(p[i], n);
        }
    });
    return n;
}

// ---------------------------------------------------------------- on and off

namespace {

std::mutex switch_mutex;
int threads_checking = 0;  // or noting origins, once for each time that it was begun
int path_holders = 0;      // they, and programs that are recorded

void count_holders(int more) {
    const bool was_free = path_holders == 0;
    path_holders += more;
    if (was_free != (path_holders == 0)) set_scalar_path(path_holders == 0);
}

AG_THREAD_LOCAL const CheckedSweep* current_sweep = nullptr;

struct StopWithThread {
    ~StopWithThread() { check_numerics(false); }
};

}  // namespace

// With the mutex.
static void note_changed(bool on) {
    threads_checking += on ? 1 : -1;
    count_holders(on ? 1 : -1);
    if (threads_checking == 0) Log::forget_all_origins();
    noting_origins = checks_on || noters > 0;
}

void check_numerics(bool on) {
    if (checks_on == on) return;
    std::lock_guard<std::mutex> lock(switch_mutex);
    if (on) {
        static thread_local StopWithThread stop;
        (void)stop;
    }
    checking = checks_on = on;
    note_changed(on);
}

void note_origins(bool on) {
    std::lock_guard<std::mutex> lock(switch_mutex);
    noters += on ? 1 : -1;
    note_changed(on);
}

void hold_scalar_path(bool hold) {
    std::lock_guard<std::mutex> lock(switch_mutex);
    count_holders(hold ? 1 : -1);
}

bool checks_numerics() { return checks_on; }

bool any_thread_checks() {
    std::lock_guard<std::mutex> lock(switch_mutex);
    return threads_checking > 0;
}

void numerics_at_fork(ForkStep step) {
    if (step == ForkStep::before) {
        switch_mutex.lock();
        return;
    }
    if (step == ForkStep::in_child && threads_checking > 0) {
        const int left = (checks_on ? 1 : 0) + noters;
        count_holders(left - threads_checking);
        threads_checking = left;
    }
    switch_mutex.unlock();
}

// ---------------------------------------------------------------- operations

namespace {

[[noreturn]] void tell(const Finding& finding) {
    // Whoever is told may run operations of its own.
    PauseRecording pause;
    if (numerics_hooks.tell != nullptr && numerics_hooks.tell(finding) != 0)
        fail(ErrorKind::foreign, "a result is not finite");
    fail(std::string("[") + finding.operation + "] a result is not finite");
}

Finding::Operand operand(const char* name, const Value& x) {
    return {name, x.detached(), count_non_finite(x)};
}

}  // namespace

void require_finite(const char* operation, const Value* const* inputs, std::size_t count,
                    const Value& y) {
    const NonFinite n = count_non_finite(y);
    if (!n.any()) return;
    Finding finding;
    finding.operation = operation;
    finding.found = y.detached();
    finding.count = n;
    for (std::size_t k = 0; k < count; ++k)
        finding.operands.push_back(operand(nullptr, *inputs[k]));
    tell(finding);
}

void check_result(const char* operation, const std::vector<Value>& inputs, const Value& y) {
    if (AG_LIKELY(!checking)) return;
    std::vector<const Value*> pointers;
    for (const Value& x : inputs) pointers.push_back(&x);
    require_finite(operation, pointers.data(), pointers.size(), y);
}

void note_next_origin(u32 count) {
    Origin origin;
    if (current_sweep != nullptr)
        origin = current_sweep->next_origin();
    else if (numerics_hooks.here != nullptr)
        origin.place = numerics_hooks.here();
    active_log->set_next_origin(origin, count);
}

// ---------------------------------------------------------------- sweeps

void CheckedSweep::begin() {
    outer_ = current_sweep;
    if (active_log != nullptr && numerics_hooks.here != nullptr) asked_ = numerics_hooks.here();
    checking = false;
    current_sweep = this;
}

void CheckedSweep::resume() noexcept {
    checking = true;
    current_sweep = outer_;
}

Origin CheckedSweep::next_origin() const {
    Origin origin;
    if (node_ != no_node) {
        origin = log_.origin(node_);
        origin.derivative_of = log_[node_].op;
    }
    origin.asked = asked_;
    return origin;
}

void CheckedSweep::require_finite(int input, const Value& found, const Value* const* given,
                                  std::size_t count) const {
    const NonFinite n = count_non_finite(found);
    if (!n.any()) return;
    const Record& r = log_[node_];
    const OpInfo& op = op_table[r.op];
    Finding finding;
    finding.kind = kind_;
    finding.operation = op_text[r.op].called;
    finding.input = input;
    finding.batch = batch_;
    finding.found = found.detached();
    finding.count = n;
    finding.origin = log_.origin(node_);
    for (std::size_t k = 0; k < count; ++k)
        if (given[k] != nullptr)
            finding.operands.push_back(
                operand(kind_ == Finding::tangent ? "tangent" : "cotangent", *given[k]));
    for (int k = 0; k < 2; ++k) {
        if (r.kind(k) != Keep::number && r.kind(k) != Keep::array) continue;
        // A number of a structural record may be no value, but an attribute.
        if (!op.elementwise && r.kind(k) == Keep::number) continue;
        const char* name = !op.elementwise  ? "kept value"
                           : op.y_slot == k ? "result"
                           : op.arity == 1  ? "x"
                                            : (k == 0 ? "x" : "y");
        finding.operands.push_back(operand(name, r.load(k, no_node)));
    }
    tell(finding);
}

ResumeChecks::ResumeChecks() : checking_before_(checking), sweep_before_(current_sweep) {
    checking = checks_on;
    current_sweep = nullptr;
}

ResumeChecks::~ResumeChecks() {
    checking = checking_before_;
    current_sweep = sweep_before_;
}

}  // namespace ag
