// Names of hosts out of bytes: answers of name servers, and hosts files.
#include "tracer/intercept/dns_answer.h"

#include <arpa/inet.h>

#include <catch2/catch.hpp>

namespace ttrace {
namespace {

using Bytes = std::vector<unsigned char>;

std::string text_of(const InetEndpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = "";
  if (endpoint.is_v4()) return inet_ntop(AF_INET, endpoint.address.data() + 12, text, sizeof text);
  return inet_ntop(AF_INET6, endpoint.address.data(), text, sizeof text);
}

void put16(Bytes& to, unsigned value) {
  to.push_back(static_cast<unsigned char>(value >> 8));
  to.push_back(static_cast<unsigned char>(value));
}

void put_record(Bytes& to, const Bytes& name, unsigned type, const Bytes& data) {
  to.insert(to.end(), name.begin(), name.end());
  for (const unsigned word : {type, 1U, 0U, 60U}) put16(to, word);
  put16(to, static_cast<unsigned>(data.size()));
  to.insert(to.end(), data.begin(), data.end());
}

const Bytes kName{3, 'a', 'p', 't', 4, 't', 'e', 's', 't', 0};
const Bytes kAlias{1, 'b', 4, 't', 'e', 's', 't', 0};
const Bytes kPointer{0xc0, 12};

/// An answer to a question for apt.test with `records` records, which are yet to be put.
Bytes header(unsigned flags, unsigned records, unsigned questions = 1) {
  Bytes bytes;
  for (const unsigned word : {0x1234U, flags, questions, records, 0U, 0U}) put16(bytes, word);
  if (questions == 0) return bytes;
  bytes.insert(bytes.end(), kName.begin(), kName.end());
  put16(bytes, 1);
  put16(bytes, 1);
  return bytes;
}

TEST_CASE("an answer names its addresses by what was asked for", "[dns]") {
  Bytes bytes = header(0x8180, 3);
  put_record(bytes, kPointer, 5, kAlias);
  put_record(bytes, kAlias, 1, {192, 0, 2, 1});
  put_record(bytes, kAlias, 28, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  const auto found = parse_dns_answer(bytes.data(), bytes.size());
  REQUIRE(found.size() == 2);
  CHECK(text_of(found[0].address) == "192.0.2.1");
  CHECK(text_of(found[1].address) == "2001:db8::1");
  CHECK(found[0].name == "apt.test");
  CHECK(found[1].name == "apt.test");
}

TEST_CASE("what is no answer names nothing", "[dns]") {
  const unsigned char nothing = 0;
  CHECK(parse_dns_answer(&nothing, 0).empty());
  Bytes query = header(0x0100, 1);
  put_record(query, kPointer, 1, {192, 0, 2, 1});
  CHECK(parse_dns_answer(query.data(), query.size()).empty());
  Bytes unasked = header(0x8180, 1, 0);
  put_record(unasked, kName, 1, {192, 0, 2, 1});
  CHECK(parse_dns_answer(unasked.data(), unasked.size()).empty());
  Bytes odd = header(0x8180, 1);
  put_record(odd, kPointer, 1, {192, 0, 2});
  CHECK(parse_dns_answer(odd.data(), odd.size()).empty());
}

TEST_CASE("an answer may end anywhere", "[dns]") {
  Bytes bytes = header(0x8180, 2);
  put_record(bytes, kPointer, 1, {192, 0, 2, 1});
  put_record(bytes, kPointer, 1, {192, 0, 2, 2});
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(parse_dns_answer(cut.data(), cut.size()).size() < 2);
  }
  CHECK(parse_dns_answer(bytes.data(), bytes.size()).size() == 2);
}

TEST_CASE("a hosts file names each address by its first name", "[dns]") {
  const auto found = parse_hosts(
      "# comment\n127.0.0.1 localhost other\n\nbad line\n ::1\tip6-localhost # x\n"
      "fe80::1%eth0 link\n10.0.0.1\n10.0.0.2 last");
  REQUIRE(found.size() == 4);
  CHECK(text_of(found[0].address) == "127.0.0.1");
  CHECK(found[0].name == "localhost");
  CHECK(found[1].name == "ip6-localhost");
  CHECK(text_of(found[2].address) == "fe80::1");
  CHECK(found[3].name == "last");
  CHECK(parse_hosts("").empty());
}

}  // namespace
}  // namespace ttrace
