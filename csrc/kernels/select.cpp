#include "select.h"

#include <stdexcept>
#include <string>

namespace ag {

DenseKernels dense_kernels;
SoftmaxKernels softmax_kernels;
RowKernels row_kernels;

namespace {

const InstructionSet* in_use = nullptr;

#define GROUP(NAME) fill_##NAME(table);
void fill_baseline(Kernels* table) {
    using namespace baseline;
    AG_ROW_GROUPS(GROUP)
}
#if AG_HAVE_X86_CLONES
void fill_avx2(Kernels* table) {
    using namespace avx2;
    AG_ROW_GROUPS(GROUP)
}
void fill_avx512(Kernels* table) {
    using namespace avx512;
    AG_ROW_GROUPS(GROUP)
}
#endif
#undef GROUP

// "a", "a or b", "a, b or c": the names of all sets, or of those that are present.
std::string names(const char* last, bool only_present) {
    std::vector<std::string> found;
    for (const InstructionSet& set : instruction_sets())
        if (set.present || !only_present) found.emplace_back(set.name);
    std::string text = found.front();
    for (std::size_t k = 1; k < found.size(); ++k)
        text += (k + 1 == found.size() ? last : ", ") + found[k];
    return text;
}

}  // namespace

const std::vector<InstructionSet>& instruction_sets() {
    static const std::vector<InstructionSet> sets = {
        {"baseline", true, fill_baseline, baseline::fill_dense, baseline::fill_updates,
         baseline::fill_softmax, baseline::fill_rows},
#if AG_HAVE_X86_CLONES
        {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), fill_avx2,
         avx2::fill_dense, avx2::fill_updates, avx2::fill_softmax, avx2::fill_rows},
        {"avx512",
         __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"),
         fill_avx512, avx512::fill_dense, avx512::fill_updates, avx512::fill_softmax,
         avx512::fill_rows},
#endif
    };
    return sets;
}

void select_kernels(const char* wanted, Kernels* loops) {
    const std::string word = wanted == nullptr ? "" : wanted;
    const InstructionSet* choice = nullptr;
    for (const InstructionSet& set : instruction_sets())
        if (word.empty() ? set.present : word == set.name) choice = &set;
    if (choice == nullptr)
        throw std::runtime_error("AUTOGRAD_C_ISA=" + word + ": expected " + names(" or ", false));
    if (!choice->present)
        throw std::runtime_error("AUTOGRAD_C_ISA=" + word + ": this processor has " +
                                 names(" and ", true) + " only");
    // Complex loops are in the first set alone.
    for (const InstructionSet* set : {&instruction_sets().front(), choice}) {
        set->fill_kernels(loops);
        set->fill_dense(dense_kernels);
        set->fill_updates(update_kernels);
        set->fill_softmax(softmax_kernels);
        set->fill_rows(row_kernels);
    }
    in_use = choice;
}

const char* instruction_set() { return in_use->name; }

}  // namespace ag
