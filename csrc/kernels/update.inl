// The rules of optimizers, inside the namespace of one instruction set. A step changes the variable
// w and its slots, given the gradient g and its square q: for rows that occur more than once, q is
// the sum of their squares.

namespace rules {

// c: learning rate.
struct descent {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T) {
        w -= c[0] * g;
    }
};

// c: learning rate, momentum.
struct momentum {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T, T& m) {
        m = c[1] * m - c[0] * g;
        w += m;
    }
};

struct nesterov {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T, T& m) {
        m = c[1] * m - c[0] * g;
        w += c[1] * m - c[0] * g;
    }
};

// c: learning rate with the corrections of both moments, 1 - beta_1, 1 - beta_2, epsilon.
struct adam {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& m, T& v) {
        m += (g - m) * c[1];
        v += (q - v) * c[2];
        w -= m * c[0] / (std::sqrt(v) + c[3]);
    }
};

struct amsgrad {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& m, T& v, T& largest) {
        m += (g - m) * c[1];
        v += (q - v) * c[2];
        largest = largest >= v ? largest : v;
        w -= m * c[0] / (std::sqrt(largest) + c[3]);
    }
};

// c: learning rate, epsilon.
struct adagrad {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& total) {
        total += q;
        w -= c[0] * g / std::sqrt(total + c[1]);
    }
};

// c: learning rate, rho, 1 - rho, epsilon, momentum.
struct rmsprop {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& v) {
        v = c[1] * v + c[2] * q;
        w -= c[0] * g / std::sqrt(v + c[3]);
    }
};

struct rmsprop_momentum {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& v, T& m) {
        v = c[1] * v + c[2] * q;
        m = c[4] * m + c[0] * g / std::sqrt(v + c[3]);
        w -= m;
    }
};

struct rmsprop_centered {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& v, T& mean) {
        v = c[1] * v + c[2] * q;
        mean = c[1] * mean + c[2] * g;
        w -= c[0] * g / std::sqrt(v - mean * mean + c[3]);
    }
};

struct rmsprop_centered_momentum {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& v, T& m, T& mean) {
        v = c[1] * v + c[2] * q;
        mean = c[1] * mean + c[2] * g;
        m = c[4] * m + c[0] * g / std::sqrt(v - mean * mean + c[3]);
        w -= m;
    }
};

// c: learning rate, rho, 1 - rho, epsilon.
struct adadelta {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T q, T& gradients, T& changes) {
        gradients = c[1] * gradients + c[2] * q;
        const T ratio = std::sqrt(changes + c[3]) / std::sqrt(gradients + c[3]);
        changes = c[1] * changes + c[2] * (ratio * ratio * q);
        w -= c[0] * (ratio * g);
    }
};

// The moving average w of g. c: momentum, 1 - momentum.
struct average {
    template <class T>
    static AG_INLINE void step(const T* c, T& w, T g, T) {
        w = c[0] * w + c[1] * g;
    }
};

}  // namespace rules

template <class Step, class T, bool Apart, std::size_t... K>
void update_loop(i64 n, void* variable, const void* gradient, const void* squares,
                 void* const* slots, const double* given) {
    // Copies, which nothing that the loop writes can change.
    T c[max_coefficients];
    for (int k = 0; k < max_coefficients; ++k) c[k] = static_cast<T>(given[2 + k]);
    const T keep = static_cast<T>(given[0]);
    const T scale = static_cast<T>(given[1]);
    const T square_scale = static_cast<T>(given[1] * given[1]);
    T* w = static_cast<T*>(variable);
    const T* g = static_cast<const T*>(gradient);
    const T* q = static_cast<const T*>(Apart ? squares : gradient);
    T* s[max_slots] = {static_cast<T*>(slots[K])...};
    AG_SIMD for (i64 i = 0; i < n; ++i) {
        T x = w[i] * keep;
        const T y = g[i] * scale;
        Step::step(c, x, y, Apart ? q[i] * square_scale : y * y, s[K][i]...);
        w[i] = x;
    }
}

template <class Step, std::size_t... K>
void fill_rule(UpdateLoop (&loops)[2][2], std::index_sequence<K...>) {
    loops[0][0] = update_loop<Step, float, false, K...>;
    loops[0][1] = update_loop<Step, float, true, K...>;
    loops[1][0] = update_loop<Step, double, false, K...>;
    loops[1][1] = update_loop<Step, double, true, K...>;
}

void fill_updates(UpdateKernels& kernels) {
#define RULE(NAME, SLOTS)                                               \
    fill_rule<rules::NAME>(kernels.loops[static_cast<int>(Rule::NAME)], \
                           std::make_index_sequence<SLOTS>());
    AG_UPDATE_RULES(RULE)
#undef RULE
}
