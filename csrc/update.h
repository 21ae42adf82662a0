// Steps of optimizers: what a rule makes of variables and their gradients, in place.
#pragma once

#include <vector>

#include "array.h"

namespace ag {

// Each rule, and how many slots (moments, accumulators) a variable has under it. What it does, and
// what its coefficients are, stands once, in kernels/update.inl.
#define AG_UPDATE_RULES(RULE)          \
    RULE(descent, 0)                   \
    RULE(momentum, 1)                  \
    RULE(nesterov, 1)                  \
    RULE(adam, 2)                      \
    RULE(amsgrad, 3)                   \
    RULE(adagrad, 1)                   \
    RULE(rmsprop, 1)                   \
    RULE(rmsprop_momentum, 2)          \
    RULE(rmsprop_centered, 2)          \
    RULE(rmsprop_centered_momentum, 3) \
    RULE(adadelta, 2)                  \
    RULE(average, 0)

enum class Rule : u8 {
#define RULE(NAME, SLOTS) NAME,
    AG_UPDATE_RULES(RULE)
#undef RULE
        count
};
constexpr int rule_count = static_cast<int>(Rule::count);
constexpr int max_slots = 3;
constexpr int max_coefficients = 5;

constexpr int slot_count(Rule rule) {
    constexpr int counts[] = {
#define RULE(NAME, SLOTS) SLOTS,
        AG_UPDATE_RULES(RULE)
#undef RULE
    };
    return counts[static_cast<int>(rule)];
}

inline const char* rule_name(int rule) {
    constexpr const char* names[] = {
#define RULE(NAME, SLOTS) #NAME,
        AG_UPDATE_RULES(RULE)
#undef RULE
    };
    return names[rule];
}

// One variable's part of a step.
struct Update {
    Value* variable = nullptr;
    Value* slots[max_slots] = {};
    double keep = 1;   // the variable is multiplied by it before the rule is applied
    double scale = 1;  // and so is the gradient
    // Of the dtype that loops compute in, contiguous: the shape of the variable, or rows of it.
    Value gradient;
    bool sparse = false;
    Value indices;        // which rows; int64, within range
    bool summed = false;  // the square of a row that occurs more than once is that of the sum

    void set_gradient(const Value& g);
    void set_rows(const Value& values, const Value& row_indices);

    // Filled in by prepare_updates.
    bool apart = false;        // squares of the gradient are given apart,
    Value squares;             // here
    std::vector<i64> touched;  // rows of the variable that the rows of the gradient belong to
    bool in_rows = false;      // if only those are touched
};

// Limits gradients: each by its own norm, all by their common norm, or each element.
void clip_by_norm(std::vector<Update>& updates, double limit);
void clip_by_global_norm(std::vector<Update>& updates, double limit);
void clip_by_value(std::vector<Update>& updates, double limit);
// Adds a dense array of the variable's shape to the gradient, which becomes dense.
void add_to_gradient(Update& update, const Value& x);

// Gives the value memory of its own that may be overwritten. What others hold stays as it is.
void make_writable(Value& v);
// All of a step that can fail; no value changes yet.
void prepare_updates(Rule rule, std::vector<Update>& updates);
// The step itself. `coefficients` are those of the rule.
void run_updates(Rule rule, const double* coefficients, std::vector<Update>& updates) noexcept;

// A loop over n elements of a variable, its gradient, the squares of that (null unless they are
// given apart) and its slots. `c` holds `keep`, `scale` and the rule's coefficients.
using UpdateLoop = void (*)(i64 n, void* variable, const void* gradient, const void* squares,
                            void* const* slots, const double* c);
struct UpdateKernels {
    UpdateLoop loops[rule_count][2][2];  // [rule][float32, float64][apart]
};
extern UpdateKernels update_kernels;

}  // namespace ag
