// Keys of calls of recorded functions, as bytes.
#pragma once

#include <cstring>

#include "array.h"
#include "small_vector.h"

namespace ag::core {

// Each part begins with a mark, which says how it goes on: so no two lists of parts are one text.
using KeyText = SmallVector<char, 224>;

inline void add_mark(KeyText& key, char mark) { key.push_back(mark); }

inline void add_word(KeyText& key, char mark, long long word) {
    char* const place = key.extend(1 + sizeof word);
    *place = mark;
    std::memcpy(place + 1, &word, sizeof word);
}

inline void add_real(KeyText& key, char mark, double x) {  // bit by bit
    long long word;
    std::memcpy(&word, &x, sizeof word);
    add_word(key, mark, word);
}

inline void add_text(KeyText& key, char mark, const char* text, std::size_t length) {
    add_word(key, mark, static_cast<long long>(length));
    std::copy_n(text, length, key.extend(length));
}

inline void add_type(KeyText& key, char mark, const Value& v) {
    char* const place = key.extend(3);
    place[0] = mark;
    place[1] = static_cast<char>(v.dtype);
    place[2] = static_cast<char>(v.rank());
    const std::size_t length = sizeof(i64) * static_cast<std::size_t>(v.rank());
    if (length > 0) std::memcpy(key.extend(length), v.array->shape(), length);
}

}  // namespace ag::core
