#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/base/statistics/counter.hpp"
#include "drivers/virtio/device/front_end.hpp"
#include "drivers/virtio/socket/endpoint.hpp"

namespace ixyflow::drivers::vhost {

/// The device that front ends come to, one at a time, as often as they like. Control thread only; nothing
/// waits.
class BackEnd {
 public:
  /// `rings` outlive this, as does `connections`, which counts front ends.
  BackEnd(vhost_user::Endpoint endpoint, std::span<GuestRing* const> rings, const Offer& offer,
          SharedCounter& connections)
      : endpoint_(std::move(endpoint)), rings_(rings), offer_(offer), connections_(connections) {}

  /// To be called every few milliseconds.
  void look(Time now, const EventSink& event);
  /// Takes all rings back, as far as workers have given them; nothing is given to them after this.
  void stop() noexcept;
  /// Whether a guest receives and sends through it now.
  [[nodiscard]] bool works() const noexcept { return front_end_ && !over_ && front_end_->works(); }

 private:
  void meet(Time now, const EventSink& event);
  void tell_of_waiting(int error, const EventSink& event);
  void serve(Time now, const EventSink& event);
  void turn_away_others();
  void part();

  vhost_user::Endpoint endpoint_;
  std::span<GuestRing* const> rings_;
  Offer offer_;
  SharedCounter& connections_;
  std::optional<FrontEnd> front_end_;
  bool over_ = false;  ///< the conversation is; rings may still be with workers
  bool stopped_ = false;
  bool told_ = false;  ///< that nobody is there yet
  FileDescriptor
      other_;  ///< connected while a front end is here: either it is gone by the next look, or this is
  Time next_meeting_;
  std::string trouble_;  ///< that was told last about meeting, and is not told again
};

}  // namespace ixyflow::drivers::vhost
