#pragma once

#include <type_traits>
#include <utility>

#include "core/element/element.hpp"

namespace ixyflow {

template <class T>
class Spec;

namespace detail {

/// Whether class T, a PacketElement, has a `handle` that can be called, by whom it needs not be a friend of.
template <class T>
concept HandlesPacket = requires(T& element, Packet& packet) {
  element.handle(packet);
};
template <class T>
concept HandlesPacketAndOutputs = requires(T& element, Packet& packet, Outputs& outputs) {
  element.handle(packet, outputs);
};

template <class T>
consteval bool derives_from_packet_element_of_itself() {
  if constexpr (requires { typename T::Handler; })
    return std::is_same_v<typename T::Handler, T>;
  else
    return true;
}
template <class T>
consteval bool has_handle() {
  if constexpr (requires { typename T::Handler; })
    return HandlesPacket<T> || HandlesPacketAndOutputs<T>;
  else
    return true;
}
template <class T>
consteval bool handle_returns_exit() {
  if constexpr (!requires { typename T::Handler; })
    return true;
  else if constexpr (HandlesPacketAndOutputs<T>)
    return std::is_same_v<
        decltype(std::declval<T&>().handle(std::declval<Packet&>(), std::declval<Outputs&>())), PortIndex>;
  else if constexpr (HandlesPacket<T>)
    return std::is_same_v<decltype(std::declval<T&>().handle(std::declval<Packet&>())), PortIndex>;
  else
    return true;
}

/// What the class of an element must have: looked at before anything of it is compiled, so that the first
/// line of the compiler says what is missing.
template <class T>
struct ElementRules {
  static_assert(std::is_base_of_v<Element, T>,
                "an element derives from PacketElement<itself>, or from Element");
  static_assert(derives_from_packet_element_of_itself<T>(),
                "a PacketElement names itself: class X final : public PacketElement<X>");
  static_assert(
      requires(Spec<T> & spec) { T::describe(spec); },
      "an element has a public function `static void describe(Spec<itself>& spec)`");
  static_assert(std::is_default_constructible_v<T>, "an element has a public constructor without parameters");
  static_assert(has_handle<T>(),
                "a PacketElement has a public function `PortIndex handle(Packet&) noexcept`, "
                "or one with a second parameter `Outputs&`");
  static_assert(handle_returns_exit<T>(), "handle returns a PortIndex: the number of a declared exit");
};

}  // namespace detail
}  // namespace ixyflow
