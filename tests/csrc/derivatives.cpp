#include "derivatives.h"

namespace test {

namespace {

using Values = std::vector<Value>;

Values random_like(Random& random, const Values& like) {
    Values out;
    for (const Value& x : like) out.push_back(random_value(random, x.dtype, x.shape(), -1, 1));
    return out;
}

double inner(const Values& a, const Values& b) {
    double total = 0;
    for (std::size_t k = 0; k < a.size(); ++k) total += test::inner(a[k], b[k]);
    return total;
}

Values moved(const Values& x, const Values& t, double h) {
    PauseRecording pause;
    Values out;
    for (std::size_t k = 0; k < x.size(); ++k)
        out.push_back(binary(Op::add, x[k].detached(),
                             binary(Op::multiply, t[k], Value::constant(x[k].dtype, h))));
    return out;
}

// (up - down) / 2h
Value slope(const Value& up, const Value& down, double h) {
    return binary(Op::multiply, binary(Op::subtract, up, down), Value::constant(up.dtype, 0.5 / h));
}

// A function recorded at one place.
struct Record {
    Recording recording;
    Values x;
    Value y;

    Record(const Function& f, const Values& inputs) {
        for (const Value& each : inputs) x.push_back(recording.watch(each));
        y = f(x);
    }
    // What is not connected has the derivative zero.
    Values reversed(const Value& from, const Value& g) { return reversed({{from.node, g}}); }
    // With a batch, the cotangents have an axis more, in front.
    Values reversed(const std::vector<Seed>& seeds, i64 batch = -1) {
        std::vector<u32> sources;
        for (const Value& each : x) sources.push_back(each.node);
        const auto answers = reverse(recording.tape, drop_constants(seeds), sources, false, batch);
        Values out;
        for (std::size_t k = 0; k < x.size(); ++k) {
            Shape shape = x[k].shape();
            if (batch >= 0) {
                shape = Shape{batch};
                for (int d = 0; d < x[k].rank(); ++d) shape.push(x[k].extent(d));
            }
            out.push_back(answers[k].connected ? answers[k].value : zeros(x[k].dtype, shape));
        }
        return out;
    }
    // The rows of the Jacobian, one unit cotangent each, times the elements of g.
    Values weighted_jacobian(const Value& g) {
        std::vector<u32> sources;
        for (const Value& each : x) sources.push_back(each.node);
        std::vector<Answer> answers(x.size());
        jacobian_sweep(recording.tape, {y.node, y}, sources.data(), x.size(), answers.data(),
                       false);
        Values out;
        for (std::size_t k = 0; k < x.size(); ++k) {
            if (!answers[k].connected) {
                out.push_back(zeros(x[k].dtype, x[k].shape()));
                continue;
            }
            Shape weights{g.size()};
            for (int d = 0; d < x[k].rank(); ++d) weights.push(1);
            const Value g_rows = cast(reshape(g, weights), x[k].dtype);
            out.push_back(sum(binary(Op::multiply, answers[k].value, g_rows), Axes{1}, false));
        }
        return out;
    }
    Values pushed(const Values& tangents, const Values& to) {
        std::vector<Seed> seeds;
        for (std::size_t k = 0; k < x.size(); ++k) seeds.push_back({x[k].node, tangents[k]});
        Values out;
        for (const Value& each : to) {
            if (each.node != no_node) {
                const auto answers = forward(recording.tape, seeds, {each.node});
                if (answers[0].connected) {
                    out.push_back(answers[0].value);
                    continue;
                }
            }
            out.push_back(zeros(each.dtype, each.shape()));
        }
        return out;
    }

   private:
    static std::vector<Seed> drop_constants(const std::vector<Seed>& seeds) {
        std::vector<Seed> out;
        for (const Seed& s : seeds)
            if (s.node != no_node) out.push_back(s);
        return out;
    }
};

Values rows(const Values& batch, i64 row) {
    Values out;
    for (const Value& x : batch) out.push_back(slice_axis(x, 0, row, 1, true));
    return out;
}

Values negative(const Values& x) {
    Values out;
    for (const Value& each : x) out.push_back(unary(Op::negative, each));
    return out;
}

void check_each(const char* rule, const Values& a, const Values& b, double tolerance) {
    const Note at("rule", rule);
    for (std::size_t k = 0; k < a.size(); ++k) {
        const Note input("input", static_cast<long long>(k));
        CHECK_VALUES(a[k], b[k], tolerance);
    }
}

}  // namespace

void check_derivatives(const Function& f, const Values& inputs, bool smooth) {
    Random random(99);
    double exact = 0, scale = 1;
    bool wide = true;
    for (const Value& x : inputs) {
        exact = std::max(exact, 200 * tolerance(x.dtype));
        wide = wide && real_dtype(x.dtype) == DType::float64;
    }

    Record plain(f, inputs);
    plain.recording.tape.leave();
    CHECK(plain.y.node != no_node);
    if (plain.y.node == no_node) return;
    const Value g = random_value(random, plain.y.dtype, plain.y.shape(), -1, 1);
    const Values t = random_like(random, inputs), u = random_like(random, inputs);
    const Values first = plain.reversed(plain.y, g);
    const Value pushed = plain.pushed(t, {plain.y})[0];
    scale = std::max(1.0, std::fabs(inner(first, t)));
    {
        const Note at("rule", "forward is adjoint to reverse");
        CHECK_NEAR(test::inner(g, pushed), inner(first, t), exact * scale);
    }
    // Two cotangents in one sweep, the second of them -g.
    const Value two = stack({g, unary(Op::negative, g)}, 0);
    check_each("the first of a batch", rows(plain.reversed({{plain.y.node, two}}, 2), 0), first,
               exact);
    check_each("the second of a batch", negative(rows(plain.reversed({{plain.y.node, two}}, 2), 1)),
               first, exact);

    if (!is_complex(plain.y.dtype) && plain.y.size() <= 64 && exact < 1e-3)
        check_each("the Jacobian's rows, weighted", plain.weighted_jacobian(g), first,
                   exact * scale);

    const double h = 1e-6;
    const bool differences = smooth && wide;
    if (differences) {
        const Note at("rule", "central differences");
        const Value difference = slope(f(moved(inputs, t, h)), f(moved(inputs, t, -h)), h);
        CHECK_VALUES(pushed, difference, 1e-6);
    }

    // Reverse, recorded; then the derivative of <u, first>.
    Record outer(f, inputs);
    const Values recorded = outer.reversed(outer.y, outer.recording.watch(g));
    outer.recording.tape.leave();
    check_each("recorded as not recorded", recorded, first, exact);
    std::vector<Seed> seeds;
    for (std::size_t k = 0; k < recorded.size(); ++k) seeds.push_back({recorded[k].node, u[k]});
    const Values second = outer.reversed(seeds);
    check_each("forward over reverse", outer.pushed(u, recorded), second, 20 * exact);

    Record batched(f, inputs);
    const Values both = batched.reversed({{batched.y.node, batched.recording.watch(two)}}, 2);
    const Values row = rows(both, 0);
    batched.recording.tape.leave();
    seeds.clear();
    for (std::size_t k = 0; k < row.size(); ++k) seeds.push_back({row[k].node, u[k]});
    check_each("reverse over a batch", batched.reversed(seeds), second, 20 * exact);

    // Forward, recorded, along u; then its reverse.
    Record mixed(f, inputs);
    const Value along = mixed.pushed(u, {mixed.y})[0];
    mixed.recording.tape.leave();
    check_each("reverse over forward", mixed.reversed(along, g), second, 20 * exact);

    if (!differences) return;
    const auto derivative_at = [&](const Values& x) {
        Record here(f, x);
        here.recording.tape.leave();
        return here.reversed(here.y, g);
    };
    const Values up = derivative_at(moved(inputs, u, h)),
                 down = derivative_at(moved(inputs, u, -h));
    Values slopes;
    for (std::size_t k = 0; k < up.size(); ++k) slopes.push_back(slope(up[k], down[k], h));
    check_each("differences of first derivatives", second, slopes, 1e-5);
}

}  // namespace test
