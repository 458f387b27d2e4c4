// JUnit's XML, as build servers read it (there is no standard; Jenkins' reading is the common one).
#pragma once

#include <mxml.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ttrace {

/// One document with one suite of tests. Attributes and texts are made printable, since XML has no
/// way to hold control characters.
class JunitSuite {
 public:
  struct Summary {
    std::string name;
    std::size_t tests = 0;
    std::size_t failures = 0;
    double seconds = 0;
    std::string timestamp;
  };
  explicit JunitSuite(const Summary& summary);

  /// A test: `output` is what it printed.
  void pass(const std::string& classname, const std::string& name, const std::string& output,
            double seconds = 0);
  void fail(const std::string& classname, const std::string& name, const std::string& type,
            const std::string& message, const std::string& details);

  /// The document. Once.
  std::string take();

 private:
  using Attributes = std::vector<std::pair<const char*, std::string>>;
  mxml_node_t* add(mxml_node_t* parent, const char* name, const Attributes& attributes = {});

  std::unique_ptr<mxml_node_t, decltype(&mxmlDelete)> document_;
  mxml_node_t* suite_;  // owned by the document
};

}  // namespace ttrace
