#pragma once

#include <string>
#include <string_view>

namespace ixyflow {

/// What to say to who writes `driver`, which is none here, when it is how others call one, or an interface of
/// the kernel: "captures, of pcapng as well, are read by driver = "pcap"". "" when nobody calls one so.
std::string foreign_driver_hint(std::string_view driver);

}  // namespace ixyflow
