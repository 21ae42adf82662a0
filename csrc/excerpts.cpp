#include "excerpts.h"

namespace ag {

namespace {

constexpr u32 none = 0xffffffffu;

Simplified simplified(const Program& whole) {
    std::vector<u8> needed(whole.code().slot_count());
    for (const u32 slot : whole.outputs()) needed[slot] = true;
    // Excerpts are differentiated.
    return Simplified(whole.code(), 0, static_cast<u32>(whole.size()), needed,
                      Simplified::Keeps::derivatives);
}

// Writes the code of an excerpt.
class Writer {
   public:
    Writer(const Code& whole, const Simplified& simplified)
        : whole_(whole), simplified_(simplified), places_(whole.slot_count(), none) {
        code.types = whole.types;
    }

    bool has(u32 slot) const { return places_[same(slot)] != none; }
    void add_input(u32 slot) {
        const u32 place = add_slot(slot);
        if (!has(slot)) places_[same(slot)] = place;
    }
    u32 slot_of(u32 slot) {
        if (has(slot)) return places_[same(slot)];
        const Value* const constant = simplified_.constant(same(slot));
        if (constant == nullptr) fail("a part of a program reads what it is not given");
        const u32 place = add_slot(slot);
        code.add_constant(place, *constant);
        return places_[same(slot)] = place;
    }
    void add(u32 k) {
        Instruction i = whole_.instructions[k];
        for (u32& slot : i.inputs) slot = slot_of(slot);
        const u32 first = i.output, outputs = output_count(i);
        i.output = code.slot_count();
        for (u32 n = 0; n < outputs; ++n) {
            const u32 place = add_slot(first + n);
            if (!has(first + n)) places_[same(first + n)] = place;
        }
        code.instructions.push_back(std::move(i));
        if (!whole_.places.empty()) code.places.push_back(whole_.places[k]);
    }

    Code code;

   private:
    const Code& whole_;
    const Simplified& simplified_;
    std::vector<u32> places_;  // by slot of the whole

    u32 same(u32 slot) const { return simplified_.same[slot]; }
    u32 add_slot(u32 slot) {
        code.slot_types.push_back(whole_.slot_types[slot]);
        return code.slot_count() - 1;
    }
};

}  // namespace

Excerpts::Excerpts(const Program& whole)
    : whole_(whole), simplified_(simplified(whole)), makers_(whole.code().slot_count(), none) {
    for (const u32 k : kept()) {
        const Instruction& i = code().instructions[k];
        for (u32 n = 0; n < output_count(i); ++n) makers_[i.output + n] = k;
    }
}

const Instruction* Excerpts::maker(u32 slot) const {
    const u32 k = makers_[same(slot)];
    return k == none ? nullptr : &code().instructions[k];
}

std::shared_ptr<const Program> Excerpts::between(const std::vector<u32>& inputs,
                                                 const std::vector<u32>& outputs) const {
    Writer writer(code(), simplified_);
    for (const u32 slot : inputs) writer.add_input(slot);
    std::vector<u8> runs(code().instructions.size());
    const auto ask = [&](u32 slot) {
        const u32 k = makers_[same(slot)];
        if (k != none && !writer.has(slot)) runs[k] = true;
    };
    for (const u32 slot : outputs) ask(slot);
    for (std::size_t k = kept().size(); k-- > 0;)
        if (runs[kept()[k]])
            for (const u32 slot : code().instructions[kept()[k]].inputs) ask(slot);
    for (const u32 k : kept())
        if (runs[k]) writer.add(k);
    std::vector<u32> found;
    for (const u32 slot : outputs) found.push_back(writer.slot_of(slot));
    return std::make_shared<const Program>(whole_, std::move(writer.code),
                                           static_cast<u32>(inputs.size()), std::move(found));
}

}  // namespace ag
