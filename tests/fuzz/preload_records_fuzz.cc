// Records of the preload library, which any target can write. The first four bytes of each are its
// length here.
#include <cstring>
#include <vector>

#include "tracer/preload/events.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace ttrace;
  const RunOptions options;
  EventSink sink([](const Event&) {});
  preload::EventMaker maker(options, sink, "/nonexistent", std::chrono::nanoseconds(0));
  while (size >= 4) {
    std::uint32_t length = 0;
    std::memcpy(&length, data, sizeof length);
    data += sizeof length;
    size -= sizeof length;
    length = static_cast<std::uint32_t>(std::min<std::size_t>(length % 4096, size));
    // As ChannelReader has it: never shorter than the header.
    std::vector<std::byte> record(std::max<std::size_t>(length, sizeof(preload::Record)));
    std::memcpy(record.data(), data, length);
    maker.on_record(record);
    data += length;
    size -= length;
  }
  return 0;
}
