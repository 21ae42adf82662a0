#include "record.h"

namespace ag {

void Record::store(int k, const Value& v) {
    dtype = v.dtype;
    if (v.is_array) {
        v.array->retain();
        keep[k].array = v.array;
        set_kind(k, Keep::array);
    } else {
        keep[k].bits = v.bits;
        set_kind(k, Keep::number);
    }
}

Value Record::load(int k, u32 node) const {
    Value v;
    if (kind(k) == Keep::array) {
        v.array = keep[k].array;
        v.array->retain();
        v.is_array = true;
        v.dtype = v.array->dtype;
    } else {
        AG_ASSERT(kind(k) == Keep::number);
        v.bits = keep[k].bits;
        v.dtype = dtype;
    }
    v.node = node;
    return v;
}

// Apart: most records have none.
AG_NOINLINE static void drop_extra(Extra* extra) noexcept { delete extra; }

void Record::drop_payloads() noexcept {
    // What is let go of may run a program, which must not find it here.
    const u8 before = flags;
    flags &= scalar;
    for (int k = 0; k < 2; ++k) {
        const auto kind = static_cast<Keep>((before >> (2 * k)) & 3);
        if (kind == Keep::array)
            keep[k].array->drop();
        else if (AG_UNLIKELY(kind == Keep::extra))
            drop_extra(keep[k].extra);
    }
}

void Record::drop_values() noexcept {
    for (int k = 0; k < 2; ++k) {
        if (kind(k) == Keep::array) {
            set_kind(k, Keep::nothing);
            keep[k].array->drop();
        } else if (kind(k) == Keep::extra) {
            keep[k].extra->drop_values();
        }
    }
}

}  // namespace ag
