#include "tracer/recording/record.h"

#include "tracer/recording/wire.h"

namespace ttrace {

auto fields(auto&& v, Is<RecordingStart> auto& x) { return v(x.info, x.analyzers, x.stack_depth); }
auto fields(auto&& v, Is<RecordingEnd> auto& x) { return v(x.info); }

std::string encode(const Record& record) {
  wire::Writer writer;
  writer.put(record);
  return writer.take();
}

std::optional<Record> decode(std::string_view bytes) {
  Record record;
  wire::Reader reader(bytes);
  reader.get(record);
  if (!reader.complete()) return std::nullopt;
  if (Event* const event = std::get_if<Event>(&record)) {
    auto* const value = std::get_if<OversizeValue>(&event->what);
    if (value && value->api_frame && *value->api_frame >= value->stack.size()) return std::nullopt;
  }
  return record;
}

}  // namespace ttrace
