#include "row_texts.h"

namespace ag {

namespace {

constexpr const char* expressions[] = {
    nullptr,  // an input of a tape
#define UNARY(NAME, KINDS, VALUE, ...) #VALUE,
#define BINARY(NAME, KINDS, VALUE, ...) #VALUE,
#include "elementwise.def"
#undef UNARY
#undef BINARY
};
static_assert(sizeof expressions / sizeof *expressions == Op::elementwise_end,
              "one for each code of an elementwise operation");

}  // namespace

const char* row_expression(OpCode code) {
    return code < Op::elementwise_end ? expressions[code] : nullptr;
}

}  // namespace ag
