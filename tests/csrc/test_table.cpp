// What rows of the operation table say, for all of them.

#include "support.h"

using namespace test;

TEST(structural_rows_take_their_kinds_of_dtypes_and_no_others) {
    int rows = 0;
    for (int code = 1; code < op_count; ++code) {
        const OpInfo& op = op_table[code];
        if (op.elementwise || op.run == nullptr || op.kinds == 0) continue;
        const Note at("operation", op_text[code].name);
        CHECK(op.attributes < output_extents);
        for (DType dtype : all_dtypes) {
            const Note of("dtype", name(dtype));
            const Value x = values(dtype, Shape{2, 2}, {1, 0, 0, 1});
            const std::vector<const Value*> inputs(op.inputs, &x);
            const std::vector<i64> attributes(op.attributes);
            bool refused = false;
            try {
                call(static_cast<OpCode>(code),
                     Call(attributes.data(), attributes.size(), inputs.data(), inputs.size()));
            } catch (const Error& error) {
                // Other complaints come behind that of the dtype: special functions need somebody
                // else's loops, convolutions other shapes.
                refused = error.kind() == ErrorKind::dtype;
            }
            CHECK(refused == !(op.kinds & kind_of(dtype)));
        }
        ++rows;
    }
    CHECK(rows > 8);
}
