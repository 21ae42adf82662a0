#include "code_writer.h"

#include "ops/host.h"

namespace ag {

u32 CodeWriter::add_slot(u32 log_type) {
    if (log_type >= types_.size()) types_.resize(log_type + 1, SlotsByNode::none);
    u32& type = types_[log_type];
    if (type == SlotsByNode::none) {
        type = static_cast<u32>(code_.types.size());
        code_.types.push_back(log_.type(log_type));
    }
    code_.slot_types.push_back(type);
    return code_.slot_count() - 1;
}

const CallInputs::Inputs* CodeWriter::inputs_of(u32 node) const {
    const Record& r = log_[node];
    const bool is_call =
        r.op != input_op && !op_table[r.op].defers && !is_placed(node) && can_run_again(r.op);
    return is_call ? log_.program->find(node) : nullptr;
}

bool CodeWriter::is_constant(const Value& v) {
    if (v.node == no_node) return true;
    if (is_placed(v.node)) return false;
    if (v.node >= log_.program->first()) return log_[v.node].op == input_op;
    foreign_ = true;
    return true;
}

u32 CodeWriter::slot_of_node(u32 node) const {
    const u32 found = slots_.find(node);
    if (found != SlotsByNode::none) return found;
    fail(ErrorKind::unimplemented, std::string("[") + op_text[log_[node].op].called +
                                       "] cannot be run again from its record: it needs Python");
}

u32 CodeWriter::slot_of(const Value& v) {
    if (!is_constant(v)) return slot_of_node(v.node);
    const u32 slot = add_slot(const_cast<Log&>(log_).type_of(v));
    code_.add_constant(slot, v);
    return slot;
}

void CodeWriter::add_connected(const Value& v) {
    const u32 slot = add_slot(const_cast<Log&>(log_).type_of(v));
    code_.constants.emplace_back(slot, v);
    place(v.node, slot);
}

void CodeWriter::write_record(u32 node) {
    const Record& r = log_[node];
    Instruction instruction{r.op, {}, {}, 0, own_host(r)};
    const Attributes attributes = attributes_of(log_, r);
    instruction.attributes.assign(attributes.begin(), attributes.end());
    const CallInputs::Inputs& inputs = *log_.program->find(node);
    instruction.inputs.reserve(inputs.size());
    for (const Value& v : inputs) instruction.inputs.push_back(slot_of(v));
    instruction.output = code_.slot_count();
    const u32 outputs = output_count(instruction);
    for (u32 n = 0; n < outputs; ++n) add(node + n);
    code_.instructions.push_back(std::move(instruction));
}

}  // namespace ag
