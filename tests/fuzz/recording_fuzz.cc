// A recording may come from anybody: its bytes, and the events in them, as far as the analyzers and
// a renderer take them.
#include <string_view>

#include "analyzers/report/renderer.h"
#include "tracer/recording/recording.h"
#include "tracer/session/analysis.h"

namespace {

void analyze(const ttrace::Event& event) {
  static const std::vector<std::string> names = {"time", "connect", "crash"};
  ttrace::Analysis analysis(names);
  analysis.on_event(event);
  analysis.on_event(event);
  const auto findings = analysis.finish(32);
  for (const ttrace::FormatEntry& format : ttrace::format_registry()) {
    const auto renderer = format.make();
    (void)renderer->on_event(event, {});
    (void)renderer->render({}, findings, {});
  }
}

}  // namespace

// The first byte chooses: a file, or a record of its own, which no checksum protects.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 8 != 0) {
    const auto record = ttrace::decode(bytes);
    if (record && std::holds_alternative<ttrace::Event>(*record)) {
      analyze(std::get<ttrace::Event>(*record));
    }
    return 0;
  }
  ttrace::RecordParser parser;
  parser.feed(bytes);
  while (parser.next()) continue;
  return 0;
}
