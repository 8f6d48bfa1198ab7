#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

#include "core/base/api.hpp"

namespace ixyflow {

/// Work with a stack of its own (a fiber, or stackful coroutine), which is left where it would wait, and gone
/// on with later: so what speaks with a slow peer is written from top to bottom, and the thread that looks
/// after many peers waits for none of them. One thread begins, goes on with and ends a fiber.
class IXYFLOW_API Fiber {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// So long a fiber may wait before it is left: a peer that is awake answers in this time.
  static constexpr std::chrono::microseconds kTurn{200};

  Fiber() noexcept;
  /// Finishes at once.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs `work` until it waits or ends; none may be under way. Where there is no memory for a stack it waits
  /// like any other function. What it throws comes out here, or where it is gone on with.
  void start(std::function<void()> work);
  /// Goes on with it.
  void go_on();
  /// Goes on to its end, without leaving it any more; time budgets of the work end at `until` at the latest.
  void finish(Time until);
  [[nodiscard]] bool under_way() const noexcept { return under_way_; }

  /// When the turn of the fiber is over on which this is called; Time::max() where there is none to be left.
  [[nodiscard]] static Time turn_end() noexcept;
  /// Leaves it, until it is gone on with.
  static void leave() noexcept;

 private:
  struct Stack;
  static void enter() noexcept;
  void work() noexcept;

  std::unique_ptr<Stack> stack_;
  std::function<void()> work_;
  std::exception_ptr thrown_;
  Time turn_end_;
  bool under_way_ = false;
  bool stays_ = false;  ///< is not left any more
};

}  // namespace ixyflow
