// The queues in which machines keep what they have to give.
#pragma once

#include <deque>
#include <optional>
#include <utility>

namespace godesk {

/// The front of a queue, taken out of it; nothing when it is empty.
template <class T>
std::optional<T> pop(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  std::optional<T> front(std::move(queue.front()));
  queue.pop_front();
  return front;
}

}  // namespace godesk
