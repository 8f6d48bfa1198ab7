#pragma once

#include <string>
#include <string_view>

namespace ixyflow {

/// What to say of a filter that is none of tcpdump's, when it is one of Wireshark's: "that is Wireshark's
/// language; as tcpdump writes it: tcp port 443" for "tcp.port == 443". What is not known here is only named
/// as Wireshark's. "" for everything else.
std::string foreign_filter_hint(std::string_view expression);

}  // namespace ixyflow
