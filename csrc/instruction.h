// What programs are made of: instructions over numbered slots, each of which is written once.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "log.h"

namespace ag {

class Host;

// Shares a host, or none.
class HostRef {
   public:
    HostRef() = default;
    explicit HostRef(Host& host) noexcept;
    HostRef(const HostRef& other) noexcept;
    HostRef(HostRef&& other) noexcept : host_(other.host_) { other.host_ = nullptr; }
    HostRef& operator=(HostRef other) noexcept {
        std::swap(host_, other.host_);
        return *this;
    }
    ~HostRef();
    // Of what was made for this reference.
    static HostRef take(Host* host) noexcept {
        HostRef taken;
        taken.host_ = host;
        return taken;
    }
    Host* get() const { return host_; }

   private:
    Host* host_ = nullptr;
};

struct Instruction {
    OpCode op;
    std::vector<i64> attributes;
    std::vector<u32> inputs;  // slots
    u32 output;               // the first of a host's, which are in a row
    HostRef own{};            // the host, where the row has none: of a composite
};

// The host that is called; null if there is none.
Host* host_of(const Instruction& i);
// How many slots it writes.
u32 output_count(const Instruction& i);
// Whether it calls the layer above.
bool needs_python(const Instruction& i);

// Of the elements of one array.
inline i64 bytes_of(const TypeEntry& type) { return type.shape.size() * itemsize(type.dtype); }

struct Code {
    std::vector<TypeEntry> types;
    std::vector<u32> slot_types;  // of each slot, among the types
    std::vector<std::pair<u32, Value>> constants;
    std::vector<Instruction> instructions;
    std::vector<u64> places;  // of each in the user's program, or of none; see Origin

    u32 slot_count() const { return static_cast<u32>(slot_types.size()); }
    bool is_of_type(u32 slot, const Value& v) const {
        const TypeEntry& t = type(slot);
        return t.dtype == v.dtype && t.shape.rank == v.rank() &&
               (!v.is_array ||
                std::equal(t.shape.dims, t.shape.dims + t.shape.rank, v.array->shape()));
    }
    // Null if it has none. (Those that are added are in the order of their slots.)
    const Value* constant(u32 slot) const {
        const auto found = std::lower_bound(
            constants.begin(), constants.end(), slot,
            [](const auto& constant, u32 wanted) { return constant.first < wanted; });
        return found != constants.end() && found->first == slot ? &found->second : nullptr;
    }
    // Of a slot behind all that have one.
    void add_constant(u32 slot, const Value& v) { constants.emplace_back(slot, v.detached()); }
    const TypeEntry& type(u32 slot) const { return types[slot_types[slot]]; }
};

}  // namespace ag
