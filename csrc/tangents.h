// Forward sweeps: tangents, pushed through the records of a tape.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "slots.h"

namespace ag {

class CheckedSweep;  // see numerics.h

// Tangents of the nodes of a tape, pushed along as far as they were asked for.
class TangentTable {
   public:
    explicit TangentTable(const Tape& tape) : tape_(tape) {}

    // Gives a node a tangent, beside what it may get from its inputs; records before `since` do not
    // see it.
    void seed(u32 node, const Value& tangent, u32 since = 0);
    // Pushes tangents through the records before `limit`. Appends records if another tape that is
    // recording on this thread can see the tape's records.
    void advance(u32 limit);
    // Whether advance(limit) has anything to do.
    bool behind(u32 limit) const { return next_ < limit && !(values_.empty() && outside_.empty()); }
    // The first record that they were not pushed through.
    u32 position() const { return next_; }
    // Tangent of a node, or null. Of what was passed over, only after `require`.
    const Value* find(u32 node) const {
        if (node < first_) return find_outside(node);
        const std::size_t i = node - first_;
        return i < values_.size() && state_[i] == present ? &values_[i] : nullptr;
    }
    // Whether it has one, stored or not.
    bool reaches(u32 node) const {
        if (node < first_) return find_outside(node) != nullptr;
        const std::size_t i = node - first_;
        return i < values_.size() && state_[i] != absent;
    }
    // Computes the tangent of a node that was not stored, when it was passed, for want of a reader.
    void require(u32 node);
    // The seeds behind the records.
    EndSets& ends() const {
        if (ends_ == nullptr) ends_ = std::make_unique<EndSets>(first_);
        return *ends_;
    }

   private:
    const Tape& tape_;
    u32 first_ = 0;  // node of values_[0]
    u32 next_ = 0;   // first record that was not looked at
    enum State : u8 { absent, present, passed, overwritten };
    std::vector<Value> values_;
    std::vector<u8> state_;
    // Runs of records, of which some have no tangent stored, by the first.
    using Passed = std::map<u32, std::vector<u32>>;
    Passed passed_;
    std::vector<u32> last_reader_;  // of the nodes that are being advanced over
    u32 reader_first_ = 0;
    std::map<u32, Value> outside_;           // of nodes watched before the tape was entered
    bool tracked_ = false;                   // some tangent given has a record of its own
    bool seen_ = false;                      // some tape that was recording could see the records
    u32 unseen_ = 0;                         // none could, of those before this one
    mutable std::unique_ptr<EndSets> ends_;  // until there is another seed

    const Value* find_outside(u32 node) const;
    std::size_t place(u32 node);
    void add(u32 node, Value&& tangent);
    void push(const Log& log, u32 node, CheckedSweep& checks);
    bool read_in_passed(const Log& log, u32 node) const;
    Value* spare_first(const Log& log, u32 node);
    void require_here(u32 node);
    void store(Passed::iterator run);
    bool seen_by_others(u32 limit);
    void find_readers(const Log& log, u32 limit);
    u32 push_run(const Log& log, u32 begin, u32 end);
};

// Tangents of `targets` for the tangents `seeds`, into `answers`.
void forward_sweep(const Tape& tape, const Seed* seeds, std::size_t seed_count, const u32* targets,
                   std::size_t target_count, Answer* answers);

}  // namespace ag
