// What a loop does each time, and its derivatives: programs too.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "program.h"

namespace ag {

class Round;
using RoundPointer = std::shared_ptr<const Round>;

// What is done each time: a program of what is carried, of one row each of some arrays, and of
// constants. It gives what is carried on, of the same types, and one row each of the results.
class Round {
   public:
    Round(std::shared_ptr<const Program> program, u32 carried, u32 rows);
    ~Round();

    const Program& program() const { return *program_; }
    std::shared_ptr<const Program> program_pointer() const { return program_; }
    u32 carried() const { return carried_; }
    u32 rows() const { return rows_; }
    u32 constants() const { return program_->input_count() - carried_ - rows_; }
    u32 results() const { return static_cast<u32>(program_->outputs().size()) - carried_; }
    const TypeEntry& input_type(u32 k) const { return program_->code().type(k); }
    const TypeEntry& output_type(u32 k) const {
        return program_->code().type(program_->outputs()[k]);
    }
    // How it is run, with its constants kept.
    const Plan& plan() const;

    // The same, with a last result that says whether there is another round: by a program of what
    // is carried and the constants, of a loop without rows. Of one round always the same program.
    RoundPointer with_condition(const Program& condition) const;
    // The inputs of some, and what is carried that depends on these in any round.
    std::vector<u8> with_dependent(std::vector<u8> inputs) const;
    // The outputs of some, and what is carried that these depend on in any round.
    std::vector<u8> with_influencing(std::vector<u8> outputs) const;
    // What a reverse sweep needs of a round, computed in two rounds.
    struct Pullback {
        // The same round, with what `backward` reads of it as further results.
        RoundPointer forward;
        // Takes the cotangents of what is carried on, as far as that is in `moving`, and sums for
        // those of the constants in `wanted`, as far as they are summed, as what is carried; as
        // rows those further results, the rows of the round, and cotangents of the results in
        // `reached`. Gives the cotangents of the rows in `wanted`, and then two factors for each
        // of the products.
        RoundPointer backward;
        std::vector<u32> moving;
        u32 residuals;  // those further results
        // By constant in `wanted`, in order: whether its cotangent is summed round by round.
        std::vector<u8> is_summed;
        // Others are sums of matrix products, of which all rounds' make one product.
        struct Product {
            u32 constant;  // which one of those in `wanted`
            bool is_left_transposed, is_right_transposed;
            i64 bytes;  // of its factors, in a round
            // Of the factors of some rounds, stacked.
            Value of(const Value& left, const Value& right) const;
        };
        std::vector<Product> products;
    };
    // What one round keeps for the other.
    enum class Keeps : u8 {
        residuals,  // what costs more to compute again than to keep, as far as that is known
        carried,    // what was carried into it alone
    };
    // Gives the inputs of one round, to record it with.
    using Example = std::function<std::vector<Value>()>;
    // What is carried whose cotangents take part: what depends on inputs in `wanted`, and has a
    // say in outputs in `reached`. Others are zeros, or nobody asks for them; to compute with them
    // would take time, and make NaN of zeros where the value is not finite.
    const std::vector<u32>& moving(const std::vector<u8>& wanted,
                                   const std::vector<u8>& reached) const;
    // `wanted`: by input; `reached`: by output.
    const Pullback& pullback(const std::vector<u8>& wanted, const std::vector<u8>& reached,
                             Keeps keeps, const Example& example) const;
    // The same without some of what is carried and of the results, which nothing else depends on.
    RoundPointer narrowed(const std::vector<u8>& carried, const std::vector<u8>& results) const;
    // What is carried that has tangents, if the inputs in `given` have.
    const std::vector<u32>& pushed(const std::vector<u8>& given) const;
    // Takes the tangents of what is carried and `pushed` behind that; those of the rows and
    // constants in `given` behind these. Gives those of the results, too.
    RoundPointer jvp(const std::vector<u8>& given, const Example& example) const;
    // What a sweep has asked for that had not been reckoned with, by output: for the next loop.
    std::vector<u8> last_reached() const;
    void note_reached(const std::vector<u8>& reached) const;

    // How many of them the last loop had, for the memory of the next one.
    mutable std::atomic<i64> last_count{16};

   private:
    struct Joint;
    const std::shared_ptr<const Program> program_;
    const u32 carried_, rows_;
    mutable std::mutex mutex_;
    mutable std::unique_ptr<const Plan> plan_;
    mutable std::map<std::vector<u8>, RoundPointer> derived_;
    mutable std::map<std::vector<u8>, std::unique_ptr<const Pullback>> pullbacks_;
    mutable std::map<std::vector<u8>, std::unique_ptr<const std::vector<u32>>> moving_;
    mutable std::vector<u8> last_reached_;

    template <class Map, class Make>
    const typename Map::mapped_type& derived(Map& known, std::vector<u8> key, Make make) const;
};

// A program of what `f` does with values of the types of `examples`, recorded with those. No value
// of theirs may be read.
std::shared_ptr<const Program> record_program(
    const std::vector<Value>& examples,
    const std::function<std::vector<Value>(const Tape&, const std::vector<Value>&)>& f);

// Zeros of types, with the axis of a batch in front where it is said.
std::vector<Value> examples_of_batch(const std::vector<TypeEntry>& types,
                                     const std::vector<u8>& has_axis, i64 extent);
// The program for a batch: inputs have its axis in front as `has_axis` says, and so have all
// outputs but those of which there is `one_for_all`.
std::shared_ptr<const Program> record_batch(const Program& program, const std::vector<u8>& has_axis,
                                            i64 extent, const std::vector<u8>& one_for_all = {});

}  // namespace ag
