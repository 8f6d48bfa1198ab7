#include "tools/ixgbe-model/card/link/link.hpp"

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

/// From light to a link: some 10 ms on the card.
constexpr Nanoseconds kTrainingTime = 20'000'000;

// AUTOC.LMS, bits 15:13 (8.2.3.22.19).
constexpr std::uint32_t kMode1G = 0, kMode1GNegotiated = 2, kMode10GSerial = 3, kFirstBackplane = 4;
constexpr std::uint32_t kAutocReset =
    kMode10GSerial << 13 | 2U << 7;               // SFI, as the EEPROM of an SFP+ card has it
constexpr std::uint32_t kAutoc2Reset = 2U << 16;  // 10G_PMA_PMD_SERIAL: SFI

constexpr std::uint32_t kHlreg0Reset = 0x0801140B;  // 8.2.3.22.8: CRC, padding, length errors
constexpr std::uint32_t kMaxfrsReset = 1518U << 16;
constexpr std::uint32_t kNegotiating = 1U << 16;  // ANLP1, ANAS: the state of negotiation, 0 is idle
constexpr std::uint32_t kNoPhy = 0xFFFF;          // what an MDIO read of an address without a PHY gives

}  // namespace

Link::Link(RegisterFile& file, InterruptUnit& interrupts, Wire& wire)
    : file_(file), interrupts_(interrupts), wire_(wire) {
  declare();
}

void Link::declare() {
  file_.plain({reg::kHlreg0}, kHlreg0Reset);
  file_.plain({reg::kMaxfrs}, kMaxfrsReset);
  file_.plain({reg::kMflcn});
  file_.plain({reg::kMacc});
  file_.plain({reg::kMsrwd});
  file_.plain({reg::kCoreCtl});
  file_.owned({reg::kEsdp}, *this, bits::esdp::kSdp3IsOutput);
  file_.owned({reg::kAutoc}, *this, kAutocReset);
  file_.owned({reg::kAutoc2}, *this, kAutoc2Reset);
  for (const std::uint32_t offset : {reg::kLinks, reg::kLinks2, reg::kAnlp1, reg::kMsca})
    file_.owned({offset}, *this);
}

void Link::reset() noexcept {
  set(false);
  restart();
}

void Link::set(bool up) noexcept {
  if (up == up_) return;
  up_ = up;
  if (!up) was_down_ = true;
  known_ = false;
  ++changes_;
  interrupts_.other(bits::cause::kLinkChange);
}

bool Link::laser_on() const noexcept {
  constexpr std::uint32_t kOff = bits::esdp::kSdp3 | bits::esdp::kSdp3IsOutput;
  return (file_.get(reg::kEsdp) & kOff) != kOff;
}

// The other end shines, and our laser does, too: without it the other end reports a fault and the link stays
// down.
bool Link::possible() const noexcept {
  const std::uint32_t control = file_.get(reg::kAutoc);
  if ((control & bits::autoc::kForceUp) != 0) return true;
  const std::uint32_t asked = mode();
  const bool optical = asked == kMode10GSerial || asked == kMode1G || asked == kMode1GNegotiated;
  return optical && plugged_ && wire_.carrier() && laser_on();
}

void Link::poll(Nanoseconds now) noexcept {
  now_ = now;
  wire_.set_light(plugged_ && laser_on());
  if (now < pretend_until_) return;
  if (!possible()) {
    restart();
    set(false);
    return;
  }
  if (trained_at_ == kUnknown) {
    set(false);
    trained_at_ = now + kTrainingTime;
  }
  if (now >= trained_at_) set(true);
}

void Link::pretend(bool up, Nanoseconds until) noexcept {
  set(up);
  pretend_until_ = until;
}

std::uint32_t Link::mode() const noexcept {
  return field(file_.get(reg::kAutoc), 13, 3);
}

bool Link::slow() const noexcept {
  return mode() == kMode1G || mode() == kMode1GNegotiated;
}

std::uint32_t Link::speed_bits() const noexcept {
  return slow() ? bits::links::kSpeed1G : bits::links::kSpeed10G;
}

std::uint32_t Link::read_links() noexcept {
  std::uint32_t value = up_ ? bits::links::kUp | speed_bits() : 0;
  if (up_ && !was_down_) value |= bits::links::kLatched;
  was_down_ = !up_;
  known_ = true;
  return value;
}

std::uint32_t Link::read_register(std::uint32_t offset) noexcept {
  switch (offset) {
    case reg::kLinks:
      return read_links();
    case reg::kAutoc:
    case reg::kAutoc2:
    case reg::kMsca:
      return file_.get(offset);
    case reg::kAnlp1:
      // With a backplane mode the negotiation is under way, and stays so: nobody answers on a fibre. Drivers
      // switch there and back to reset the data path, and wait for this.
      return mode() >= kFirstBackplane ? kNegotiating : 0;
    case reg::kEsdp:
      return file_.get(offset) | bits::esdp::kModulePresent;
    default:
      return 0;
  }
}

void Link::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  switch (offset) {
    case reg::kAutoc: {
      constexpr std::uint32_t kMode = 7U << 13;
      const std::uint32_t before = file_.get(offset);
      file_.set(offset, value & ~bits::autoc::kRestart);
      if ((value & bits::autoc::kRestart) != 0 || ((before ^ value) & kMode) != 0) restart();
      break;
    }
    case reg::kAutoc2:
      file_.set(offset, value);
      break;
    case reg::kEsdp:
      // What is written to pins that are inputs does not show.
      file_.set(offset, (value & ~bits::esdp::kPins) | (value & value >> 8 & bits::esdp::kPins));
      break;
    case reg::kMsca:
      // MDIO: the command is done at once. There is no PHY on the bus of an SFP+ card.
      file_.set(offset, value & ~bits::msca::kCommand);
      file_.set(reg::kMsrwd, file_.get(reg::kMsrwd) | kNoPhy << 16);
      break;
    default:
      break;
  }
}

}  // namespace ixyflow::model
