#include "tracer/shim/matchers.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>

#include "tracer/engine/remote_memory.h"
#include "tracer/shim/image.h"

namespace ttrace {
namespace {

constexpr std::size_t kJumpLength = 5;
constexpr std::size_t kEntry = 16;                     // aligned
constexpr std::size_t kWayOut = kEntry - kJumpLength;  // the jump that is taken at a difference

class Code {
 public:
  explicit Code(std::uint32_t at) : at_(at) {}
  template <typename... Bytes>
  void bytes(Bytes... values) {
    for (const int value : {values...}) code_.at(size_++) = static_cast<std::uint8_t>(value);
  }
  void word(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes(static_cast<int>(value >> shift & 0xff));
  }
  void word_relative(std::uint32_t target) {
    word(target - (at_ + static_cast<std::uint32_t>(size_) + 4));
  }
  void move_to(std::size_t size) { size_ = size; }
  std::size_t size() const { return size_; }
  const std::uint8_t* data() const { return code_.data(); }

 private:
  std::uint32_t at_;
  std::array<std::uint8_t, shim::kMatcherSize> code_{};
  std::size_t size_ = 0;
};

void compare(Code& code, const shim::CallPath::Word& word) {
  const bool near = word.offset < 128;
  code.bytes(0x81, near ? 0x7c : 0xbc, 0x24);  // cmpl $value, offset(%esp)
  if (near) {
    code.bytes(static_cast<int>(word.offset));
  } else {
    code.word(word.offset);
  }
  code.word(word.value);
}

void leave_if_different(Code& code, std::uint32_t unknown_path) {
  const auto distance = static_cast<int>(kWayOut) - static_cast<int>(code.size() + 2);
  if (distance >= -128) {
    code.bytes(0x75, distance & 0xff);  // jne to the way out
  } else {
    code.bytes(0x0f, 0x85);  // jne
    code.word_relative(unknown_path);
  }
}

// The words in the order of the table: those further up the stack are looked at only where those
// below are the same, so that they are there.
Code assemble(const shim::CallPath& path, std::uint32_t at, std::uint32_t unknown_path,
              std::uint32_t counter, bool threaded) {
  Code code(at);
  code.move_to(kWayOut);
  code.bytes(0xe9);  // jmp
  code.word_relative(unknown_path);
  for (std::uint32_t i = 0; i < path.word_count; ++i) {
    compare(code, path.words[i]);
    leave_if_different(code, unknown_path);
  }
  if (threaded) code.bytes(0xf0);  // lock
  code.bytes(0xff, 0x05);          // incl counter
  code.word(counter);
  code.bytes(0xc3);  // ret
  return code;
}

}  // namespace

void write_matcher(const Process& process, LearnedPath& path, std::size_t index) {
  AddressSpace& space = *process.space;
  if (process.abi != Abi::kI386 || !(path.recipe.reasons & shim::kReasonTime)) return;
  const ShimImage& image = ShimImage::of(Abi::kI386);
  if (path.recipe.matcher == 0) {
    if (space.matchers >= shim::kMatcherCount) return;
    path.recipe.matcher =
        static_cast<std::uint32_t>(raw(space.shim) + image.symbol("ttrace_matchers") +
                                   space.matchers++ * shim::kMatcherSize + kEntry);
  }
  const auto at = path.recipe.matcher - static_cast<std::uint32_t>(kEntry);
  const auto unknown =
      static_cast<std::uint32_t>(raw(space.shim) + image.symbol("ttrace_unknown_path"));
  const auto counter =
      static_cast<std::uint32_t>(raw(space.shim_data) + offsetof(shim::Data, paths) +
                                 index * sizeof(shim::CallPath) + offsetof(shim::CallPath, times));
  const Code code = assemble(path.recipe, at, unknown, counter, space.threaded);
  if (!MemoryFile(process.pid).write(RemotePtr{at}, code.data(), shim::kMatcherSize)) {
    path.recipe.matcher = 0;
  }
}

}  // namespace ttrace
