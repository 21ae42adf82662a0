// Lists, one behind the other.
#pragma once

#include <vector>

namespace ag {

template <class T>
void append(std::vector<T>& list, const std::vector<T>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

template <class T>
std::vector<T> joined(std::vector<T> list, const std::vector<T>& more) {
    append(list, more);
    return list;
}

}  // namespace ag
