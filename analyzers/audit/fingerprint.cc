#include "analyzers/audit/fingerprint.h"

#include "analyzers/fingerprint_key.h"

namespace ttrace::audit {

std::string fingerprint(const File& file, const Finding& finding) {
  FingerprintKey key;
  for (const std::string& part :
       {finding.id, file.path, finding.symbol, finding.library, finding.entry}) {
    key.add(part);
  }
  return key.hash();
}

}  // namespace ttrace::audit
