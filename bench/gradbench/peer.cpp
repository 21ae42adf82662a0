// The four objectives in C++, with derivatives by hand. Arrays are those of problems.py, in C order.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

double logarithm_of_sum(const double* terms, int count, double* shares) {
    const double largest = *std::max_element(terms, terms + count);
    double sum = 0;
    for (int k = 0; k < count; ++k) sum += shares[k] = std::exp(terms[k] - largest);
    for (int k = 0; k < count; ++k) shares[k] /= sum;
    return largest + std::log(sum);
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// A rotation about an axis that is as long as the angle is large, and by the axis.
struct Rotation {
    double axis[3], angle, sine, cosine, matrix[3][3];

    explicit Rotation(const double* r)
        : angle(std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])),
          sine(std::sin(angle)),
          cosine(std::cos(angle)) {
        for (int i = 0; i < 3; ++i) axis[i] = r[i] / angle;
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                matrix[i][j] = (1 - cosine) * axis[i] * axis[j] + (i == j ? cosine : 0);
        for (int i = 0; i < 3; ++i) {
            const int j = (i + 1) % 3, k = (i + 2) % 3;
            matrix[j][k] -= sine * axis[i];
            matrix[k][j] += sine * axis[i];
        }
    }
    void apply(const double* y, double* turned) const {
        for (int i = 0; i < 3; ++i)
            turned[i] = matrix[i][0] * y[0] + matrix[i][1] * y[1] + matrix[i][2] * y[2];
    }
    void by_axis(const double* y, double by[3][3]) const {
        const double along = axis[0] * y[0] + axis[1] * y[1] + axis[2] * y[2];
        double cross[3], by_unit[3][3];
        for (int i = 0; i < 3; ++i) {
            const int j = (i + 1) % 3, k = (i + 2) % 3;
            cross[i] = axis[j] * y[k] - axis[k] * y[j];
            by_unit[i][i] = (1 - cosine) * (along + axis[i] * y[i]);
            by_unit[i][j] = sine * y[k] + (1 - cosine) * axis[i] * y[j];
            by_unit[i][k] = -sine * y[j] + (1 - cosine) * axis[i] * y[k];
        }
        for (int i = 0; i < 3; ++i) {
            const double by_angle = -y[i] * sine + cross[i] * cosine + axis[i] * along * sine;
            const double radial =
                by_unit[i][0] * axis[0] + by_unit[i][1] * axis[1] + by_unit[i][2] * axis[2];
            for (int j = 0; j < 3; ++j)
                by[i][j] = (by_unit[i][j] - radial * axis[j]) / angle + by_angle * axis[j];
        }
    }
};

// Of four rows, the last of which is (0, 0, 0, 1), or (0, 0, 0, 0) in a derivative.
struct Affine {
    double at[3][4];
};

Affine product(const Affine& a, const double* b) {
    Affine c;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 4; ++j) {
            double sum = 0;
            for (int k = 0; k < 4; ++k) sum += (k < 3 || b[15] != 0 ? a.at[i][k] : 0) * b[4 * k + j];
            c.at[i][j] = sum;
        }
    return c;
}

void product(const double* a, const double* b, double* c) {
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) {
            double sum = 0;
            for (int k = 0; k < 4; ++k) sum += a[4 * i + k] * b[4 * k + j];
            c[4 * i + j] = sum;
        }
}

// By an angle about an axis, and the derivative: entries (p, p), (p, q), (q, p), (q, q).
void turn(double angle, int p, int q, double* matrix, double* slope) {
    const double s = std::sin(angle), c = std::cos(angle);
    std::memset(slope, 0, 16 * sizeof(double));
    for (int k = 0; k < 16; ++k) matrix[k] = k % 5 == 0;
    matrix[5 * p] = matrix[5 * q] = c;
    matrix[4 * p + q] = -s;
    matrix[4 * q + p] = s;
    slope[5 * p] = slope[5 * q] = -s;
    slope[4 * p + q] = -c;
    slope[4 * q + p] = c;
}

}  // namespace

extern "C" void mixture(int features, int parts, int points, const double* weights,
                        const double* means, const double* roots, const double* x, double gamma,
                        int freedom, double* value, double* by_weights, double* by_means,
                        double* by_roots) {
    const int d = features, row = d * (d + 1) / 2;
    // Column by column, so that products add up columns.
    std::vector<double> root(parts * d * d), by_root(parts * d * d), sums(parts), terms(parts),
        shares(parts), main(parts * d), apart(parts * d);
    std::fill_n(by_weights, parts, 0);
    std::fill_n(by_means, parts * d, 0);
    double total = 0;
    for (int k = 0; k < parts; ++k) {
        const double* next = roots + k * row;
        double* const q = &root[k * d * d];
        for (int b = 0; b < d; ++b) {
            sums[k] += next[b];
            q[b * d + b] = std::exp(next[b]);
        }
        next += d;
        for (int a = 1; a < d; ++a)
            for (int b = 0; b < a; ++b) q[b * d + a] = *next++;
        for (int e = 0; e < d * d; ++e) {
            total += 0.5 * gamma * gamma * q[e] * q[e];
            by_root[k * d * d + e] = gamma * gamma * q[e];
        }
        total -= freedom * sums[k];
    }
    for (int i = 0; i < points; ++i) {
        for (int k = 0; k < parts; ++k) {
            double *const m = &main[k * d], *const c = &apart[k * d];
            const double* const q = &root[k * d * d];
            for (int b = 0; b < d; ++b) {
                c[b] = x[i * d + b] - means[k * d + b];
                m[b] = 0;
            }
            for (int b = 0; b < d; ++b)
                for (int a = b; a < d; ++a) m[a] += q[b * d + a] * c[b];
            double square = 0;
            for (int a = 0; a < d; ++a) square += m[a] * m[a];
            terms[k] = weights[k] + sums[k] - 0.5 * square;
        }
        total += logarithm_of_sum(terms.data(), parts, shares.data());
        for (int k = 0; k < parts; ++k) {
            const double *const m = &main[k * d], *const c = &apart[k * d];
            const double* const q = &root[k * d * d];
            double* const by_q = &by_root[k * d * d];
            const double share = shares[k];
            by_weights[k] += share;
            for (int b = 0; b < d; ++b) {
                double sum = 0;
                const double scale = share * c[b];
                for (int a = b; a < d; ++a) {
                    sum += q[b * d + a] * m[a];
                    by_q[b * d + a] -= scale * m[a];
                }
                by_means[k * d + b] += share * sum;
            }
        }
    }
    total -= points * logarithm_of_sum(weights, parts, shares.data());
    for (int k = 0; k < parts; ++k) {
        double* next = by_roots + k * row;
        const double *const q = &root[k * d * d], *const by_q = &by_root[k * d * d];
        for (int b = 0; b < d; ++b)
            *next++ = by_q[b * d + b] * q[b * d + b] + by_weights[k] - freedom;
        for (int a = 1; a < d; ++a)
            for (int b = 0; b < a; ++b) *next++ = by_q[b * d + a];
        by_weights[k] -= points * shares[k];
    }
    *value = total;
}

extern "C" void recurrent(int layers, int letters, const double* main, const double* extra,
                          const double* state, const double* text, double* value, double* by_main,
                          double* by_extra) {
    constexpr int bits = 14;
    struct Step {
        double forget[bits], get[bits], let[bits], change[bits], memory[bits], bent[bits],
            said[bits];
    };
    const int steps = letters - 1;
    // One more in front: what was said and remembered at first.
    std::vector<Step> history(static_cast<std::size_t>(steps + 1) * layers);
    std::vector<double> odds(static_cast<std::size_t>(steps) * bits), of_letters(steps);
    for (int k = 0; k < layers; ++k) {
        std::copy_n(state + 2 * k * bits, bits, history[k].said);
        std::copy_n(state + (2 * k + 1) * bits, bits, history[k].memory);
    }
    const double *const in = extra, *const out = extra + bits, *const bias = extra + 2 * bits;
    double total = 0;
    for (int t = 0; t < steps; ++t) {
        double x[bits], y[bits], sum = 2;
        for (int b = 0; b < bits; ++b) x[b] = text[t * bits + b] * in[b];
        for (int k = 0; k < layers; ++k) {
            const double *const w = main + 8 * k * bits, *const c = w + 4 * bits;
            const Step& old = history[static_cast<std::size_t>(t) * layers + k];
            Step& now = history[static_cast<std::size_t>(t + 1) * layers + k];
            for (int b = 0; b < bits; ++b) {
                now.forget[b] = sigmoid(x[b] * w[b] + c[b]);
                now.get[b] = sigmoid(old.said[b] * w[bits + b] + c[bits + b]);
                now.let[b] = sigmoid(x[b] * w[2 * bits + b] + c[2 * bits + b]);
                now.change[b] = std::tanh(old.said[b] * w[3 * bits + b] + c[3 * bits + b]);
                now.memory[b] = old.memory[b] * now.forget[b] + now.get[b] * now.change[b];
                now.bent[b] = std::tanh(now.memory[b]);
                x[b] = now.said[b] = now.let[b] * now.bent[b];
            }
        }
        double* const odd = &odds[static_cast<std::size_t>(t) * bits];
        for (int b = 0; b < bits; ++b) {
            y[b] = x[b] * out[b] + bias[b];
            sum += odd[b] = std::exp(y[b]);
        }
        const double log = std::log(sum);
        for (int b = 0; b < bits; ++b) {
            odd[b] /= sum;
            of_letters[t] += text[(t + 1) * bits + b];
            total += text[(t + 1) * bits + b] * (y[b] - log);
        }
    }
    const double scale = -1.0 / (steps * bits);
    *value = scale * total;
    std::fill_n(by_main, 8 * layers * bits, 0);
    std::fill_n(by_extra, 3 * bits, 0);
    std::vector<double> by_said(layers * bits), by_memory(layers * bits);
    for (int t = steps - 1; t >= 0; --t) {
        double by_x[bits];
        const Step& last = history[static_cast<std::size_t>(t + 2) * layers - 1];
        for (int b = 0; b < bits; ++b) {
            const double by_y = scale * (text[(t + 1) * bits + b] -
                                         of_letters[t] * odds[static_cast<std::size_t>(t) * bits + b]);
            by_extra[bits + b] += by_y * last.said[b];
            by_extra[2 * bits + b] += by_y;
            by_x[b] = by_y * out[b];
        }
        for (int k = layers - 1; k >= 0; --k) {
            const double* const w = main + 8 * k * bits;
            double *const by_w = by_main + 8 * k * bits, *const by_c = by_w + 4 * bits;
            const Step& old = history[static_cast<std::size_t>(t) * layers + k];
            const Step& now = history[static_cast<std::size_t>(t + 1) * layers + k];
            const Step& below = history[static_cast<std::size_t>(t + 1) * layers + std::max(k - 1, 0)];
            for (int b = 0; b < bits; ++b) {
                const double x = k > 0 ? below.said[b] : text[t * bits + b] * in[b];
                const double said = by_said[k * bits + b] + by_x[b];
                const double memory = by_memory[k * bits + b] +
                                      said * now.let[b] * (1 - now.bent[b] * now.bent[b]);
                const double forget =
                    memory * old.memory[b] * now.forget[b] * (1 - now.forget[b]);
                const double get = memory * now.change[b] * now.get[b] * (1 - now.get[b]);
                const double let = said * now.bent[b] * now.let[b] * (1 - now.let[b]);
                const double change = memory * now.get[b] * (1 - now.change[b] * now.change[b]);
                by_memory[k * bits + b] = memory * now.forget[b];
                by_said[k * bits + b] = get * w[bits + b] + change * w[3 * bits + b];
                by_x[b] = forget * w[b] + let * w[2 * bits + b];
                by_w[b] += forget * x;
                by_w[bits + b] += get * old.said[b];
                by_w[2 * bits + b] += let * x;
                by_w[3 * bits + b] += change * old.said[b];
                by_c[b] += forget;
                by_c[bits + b] += get;
                by_c[2 * bits + b] += let;
                by_c[3 * bits + b] += change;
            }
        }
        for (int b = 0; b < bits; ++b) by_extra[b] += by_x[b] * text[t * bits + b];
    }
}

extern "C" void cameras(int observations, const double* cameras, const double* points,
                        const double* weights, const long long* who, const double* seen,
                        double* errors, double* rows, double* of_weights) {
    for (int n = 0; n < observations; ++n) {
        const double* const camera = cameras + 11 * who[2 * n];
        const double* const point = points + 3 * who[2 * n + 1];
        const double weight = weights[n], focus = camera[6];
        const Rotation rotation(camera);
        double y[3], turned[3], by_axis[3][3];
        for (int i = 0; i < 3; ++i) y[i] = point[i] - camera[3 + i];
        rotation.apply(y, turned);
        rotation.by_axis(y, by_axis);
        const double flat[2] = {turned[0] / turned[2], turned[1] / turned[2]};
        const double square = flat[0] * flat[0] + flat[1] * flat[1];
        const double bend = 1 + (camera[9] + camera[10] * square) * square;
        const double by_square = camera[9] + 2 * camera[10] * square;
        for (int i = 0; i < 2; ++i) {
            double* const row = rows + 30 * n + 15 * i;
            const double found = focus * bend * flat[i] + camera[7 + i] - seen[2 * n + i];
            double by_flat[2], by_turned[3];
            for (int j = 0; j < 2; ++j)
                by_flat[j] = weight * focus *
                             ((i == j ? bend : 0) + 2 * flat[i] * flat[j] * by_square);
            by_turned[0] = by_flat[0] / turned[2];
            by_turned[1] = by_flat[1] / turned[2];
            by_turned[2] = -(by_flat[0] * flat[0] + by_flat[1] * flat[1]) / turned[2];
            for (int j = 0; j < 3; ++j) {
                double by_r = 0, by_y = 0;
                for (int k = 0; k < 3; ++k) {
                    by_r += by_turned[k] * by_axis[k][j];
                    by_y += by_turned[k] * rotation.matrix[k][j];
                }
                row[j] = by_r;
                row[3 + j] = -by_y;
                row[11 + j] = by_y;
            }
            row[6] = weight * bend * flat[i];
            row[7 + i] = weight;
            row[8 - i] = 0;
            row[9] = weight * focus * flat[i] * square;
            row[10] = row[9] * square;
            row[14] = found;
            errors[2 * n + i] = weight * found;
        }
        of_weights[n] = -2 * weight;
    }
}

extern "C" void hand(int bones, int points, const int* parents, const int* angles,
                     const double* theta, const double* relative, const double* inverse,
                     const double* places, const double* shares, const double* found,
                     double* distances, double* jacobian) {
    constexpr int parameters = 26;
    struct Slope {
        int parameter, bone;
        Affine matrix;  // of the bone, back from where it was
    };
    std::vector<Affine> whole(bones), moved(bones);
    std::vector<double> own(16 * bones);
    std::vector<Slope> slopes;
    const double origin[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    Affine identity;
    std::copy_n(origin, 12, &identity.at[0][0]);
    // Slopes of the whole transformation of a bone, by the parameters of those that it hangs on.
    std::vector<std::vector<std::pair<int, Affine>>> open(bones);
    for (int bone = 0; bone < bones; ++bone) {
        const Affine& parent = bone == 0 ? identity : whole[parents[bone]];
        double x[16], by_x[16], z[16], by_z[16], turned[16], part[16], matrix[16];
        const int about_x = angles[2 * bone], about_z = angles[2 * bone + 1];
        turn(about_x < 0 ? 0 : theta[about_x], 1, 2, x, by_x);
        turn(about_z < 0 ? 0 : theta[about_z], 0, 1, z, by_z);
        product(relative + 16 * bone, x, turned);
        product(turned, z, &own[16 * bone]);
        whole[bone] = product(parent, &own[16 * bone]);
        if (bone > 0)
            for (const auto& [parameter, slope] : open[parents[bone]])
                open[bone].emplace_back(parameter, product(slope, &own[16 * bone]));
        if (about_x >= 0) {
            product(relative + 16 * bone, by_x, part);
            product(part, z, matrix);
            open[bone].emplace_back(about_x, product(parent, matrix));
        }
        if (about_z >= 0) {
            product(turned, by_z, matrix);
            open[bone].emplace_back(about_z, product(parent, matrix));
        }
        moved[bone] = product(whole[bone], inverse + 16 * bone);
        for (const auto& [parameter, slope] : open[bone])
            slopes.push_back({parameter, bone, product(slope, inverse + 16 * bone)});
    }
    const Rotation rotation(theta);
    for (int n = 0; n < points; ++n) {
        const double *const place = places + 4 * n, *const share = shares + n * bones;
        double y[3] = {}, turned[3], by_axis[3][3], by_y[parameters][3] = {};
        for (int bone = 0; bone < bones; ++bone)
            for (int i = 0; i < 3; ++i)
                for (int j = 0; j < 4; ++j)
                    y[i] += share[bone] * moved[bone].at[i][j] * place[j];
        for (const Slope& slope : slopes)
            for (int i = 0; i < 3; ++i)
                for (int j = 0; j < 4; ++j)
                    by_y[slope.parameter][i] += share[slope.bone] * slope.matrix.at[i][j] * place[j];
        rotation.apply(y, turned);
        rotation.by_axis(y, by_axis);
        double* const rows = jacobian + 3 * parameters * n;
        for (int i = 0; i < 3; ++i) {
            double* const row = rows + parameters * i;
            distances[3 * n + i] = found[3 * n + i] - turned[i] - theta[3 + i];
            for (int j = 0; j < 3; ++j) {
                row[j] = -by_axis[i][j];
                row[3 + j] = i == j ? -1 : 0;
            }
            for (int k = 6; k < parameters; ++k)
                row[k] = -(rotation.matrix[i][0] * by_y[k][0] + rotation.matrix[i][1] * by_y[k][1] +
                           rotation.matrix[i][2] * by_y[k][2]);
        }
    }
}
