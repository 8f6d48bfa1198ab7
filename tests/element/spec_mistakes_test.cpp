#include "core/element/spec_mistakes.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "core/element/packet_element.hpp"

namespace ixyflow::test {
namespace {

/// An element without a mistake, which each test spoils.
class Sound final : public PacketElement<Sound> {
 public:
  static void describe(Spec<Sound>& spec) {
    spec.doc("Passes.")
        .output(0, "out")
        .filter(2, "unwanted", "by design")
        .output(1, "other", "the rest")
        .counter("seen", &Sound::seen_, "packets")
        .gauge("now", &Sound::now, "packets now")
        .histogram("size_bytes", &Sound::sizes_, "their sizes");
    spec.param("limit", &Sound::limit_, "how many").range(1, 100);
  }
  PortIndex handle(Packet&) noexcept { return 0; }

  std::uint64_t now() const noexcept { return seen_.value(); }
  int limit_ = 10;
  int too_large_ = 5000;
  std::optional<std::uint16_t> maybe_too_large_ = 5000;
  std::vector<int> some_too_large_ = {1, 5000};
  Duration too_long_{3'000'000'000};
  double fraction_ = 0;
  Counter seen_;
  Histogram sizes_;
};

ElementSpec described(const std::function<void(Spec<Sound>&)>& spoil = nullptr) {
  ElementSpec spec;
  spec.name = "Sound";
  Spec<Sound> builder(spec);
  Sound::describe(builder);
  if (spoil) spoil(builder);
  spec.complete();
  return spec;
}

/// The one mistake that is found after `spoil`.
std::string mistake(const std::function<void(Spec<Sound>&)>& spoil) {
  const auto mistakes = spec_mistakes(described(spoil));
  REQUIRE(mistakes.size() == 1);
  return mistakes.front();
}

using S = Spec<Sound>&;
using Catch::Contains;

}  // namespace

TEST_CASE("C11: a description without a mistake is found to be one") {
  CHECK(spec_mistakes(described()).empty());
}

TEST_CASE("C11: exits are numbered once, outputs from 0 without a gap") {
  CHECK_THAT(mistake([](S s) { s.drop(0, "bad", ""); }),
             Contains("exits 'out' and 'bad' have the same number, 0"));
  CHECK_THAT(mistake([](S s) { s.output(5, "third", ""); }),
             Contains("output 'third' has the number 5, but its 3 outputs must be numbered from 0"));
  CHECK_THAT(mistake([](S s) { s.drop(512, "bad", ""); }), Contains("the largest is 511"));
  CHECK_THAT(mistake([](S s) { s.outputs_as_wired(); }),
             Contains("'unwanted'") && Contains("kFirstDrop, 256"));
}

TEST_CASE("C11: no name is there twice, or means something else") {
  CHECK_THAT(mistake([](S s) { s.drop(3, "out", ""); }), Contains("exit 'out' is declared twice"));
  CHECK_THAT(mistake([](S s) { s.counter("seen", &Sound::seen_, ""); }),
             Contains("counter 'seen' is declared twice"));
  CHECK_THAT(mistake([](S s) { s.counter("other", &Sound::seen_, ""); }),
             Contains("'other' has the name of an exit"));
  CHECK_THAT(mistake([](S s) { s.input("a", "").input("a", ""); }), Contains("input 'a' is declared twice"));
  CHECK_THAT(mistake([](S s) { s.param("limit", &Sound::limit_, "").range(1, 100); }),
             Contains("parameter 'limit' is declared twice"));
  for (const char* reserved : {"type", "core"})
    CHECK_THAT(mistake([&](S s) { s.param(reserved, &Sound::limit_, ""); }),
               Contains("a key that means something"));
}

TEST_CASE("C11: names can be written in a file") {
  CHECK_THAT(mistake([](S s) { s.drop(3, "Bad", ""); }), Contains("exit 'Bad' is no name"));
  CHECK_THAT(mistake([](S s) { s.param("a-b", &Sound::limit_, ""); }), Contains("'a-b' is no name"));
  CHECK_THAT(mistake([](S s) { s.counter("1st", &Sound::seen_, ""); }), Contains("'1st' is no name"));
  ElementSpec spec = described();
  spec.name = "only_vlan";
  CHECK(spec_mistakes(spec) ==
        std::vector<std::string>{"'only_vlan' is no name of a type: a capital, then letters and digits"});
}

TEST_CASE("C11: ranges are the right way round, and defaults within them") {
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::limit_, "").range(100, 1); }),
             Contains("wrong way round: 100..1"));
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::too_large_, "").range(1, 4095); }),
             Contains("parameter 'id' has a default outside of its range: 5000 is not in 1..4095"));
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::maybe_too_large_, "").range(1, 4095); }),
             Contains("5000"));
  CHECK_THAT(mistake([](S s) { s.param("id", &Sound::some_too_large_, "").range(1, 4095); }),
             Contains("5000"));
  CHECK_THAT(mistake([](S s) { s.param("time", &Sound::too_long_, "").range(0, 1'000'000'000); }),
             Contains("\"3s\" is not in"));
}

TEST_CASE("C11: a required parameter has no default that could be wrong") {
  CHECK(spec_mistakes(described([](S s) {
          s.param("id", &Sound::too_large_, "").range(1, 4095).required("1");
        })).empty());
}

TEST_CASE("C11: outputs by a parameter need that parameter") {
  ElementSpec spec = described([](S s) { s.outputs_by("patterns"); });
  std::erase_if(spec.exits, [](const ExitSpec& exit) { return exit.kind != ExitKind::output; });
  REQUIRE(spec_mistakes(spec).size() == 1);
  CHECK_THAT(spec_mistakes(spec)[0], Contains("'patterns', which it does not have"));
}

TEST_CASE("all mistakes are named in one go") {
  const auto mistakes = spec_mistakes(described([](S s) {
    s.drop(0, "bad", "");
    s.param("type", &Sound::limit_, "").range(2, 1);
  }));
  CHECK(mistakes.size() == 3);
}

TEST_CASE("an example is derived from what is declared") {
  CHECK(described().example == R"([elements.sound]
type = "Sound"

[graph]
paths = ["in -> sound -> out", "sound[other] -> Discard"])");
  CHECK(described([](S s) { s.param("id", &Sound::limit_, "").required("7"); }).example == R"([elements.sound]
type = "Sound"
id = 7

[graph]
paths = ["in -> sound -> out", "sound[other] -> Discard"])");
  CHECK(described([](S s) { s.example("mine"); }).example == "mine");
  CHECK(described([](S s) { s.input("a", "").input("b", ""); }).example.empty());
}

TEST_CASE("an example calls the element by its type's words") {
  const auto words = [](const char* type) {
    ElementSpec spec;
    spec.name = type;
    spec.processes = true;
    spec.complete();
    return spec.example.substr(0, spec.example.find('\n'));
  };
  CHECK(words("EtherMirror") == "[elements.ether_mirror]");
  CHECK(words("VLANDecap") == "[elements.vlan_decap]");
  CHECK(words("CheckIPHeader") == "[elements.check_ip_header]");
  CHECK(words("Null") == "[elements.null]");
}

}  // namespace ixyflow::test
