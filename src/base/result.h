// A value, or the reason why there is none. Network input never throws: decoders return this.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace godesk {

template <class E>
struct Failure {
  E reason;
};
template <class E>
Failure(E) -> Failure<E>;

/// `E` is usually an enum with a comment per value. T and E must differ.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.reason)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& reason() const { return assert(!ok()), *std::get_if<1>(&state_); }

 private:
  std::variant<T, E> state_;
};

}  // namespace godesk
