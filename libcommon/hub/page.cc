#include "hub/page.h"

#include <openssl/sha.h>

#include <array>

#include "codec/base64.h"

// page.html as it is; the Makefile knows that this depends on it.
asm(R"(
  .section .rodata
  .global hub_page_begin
hub_page_begin:
  .incbin "libcommon/hub/page.html"
  .global hub_page_end
hub_page_end:
  .byte 0
  .previous
)");
extern "C" const char hub_page_begin[];
extern "C" const char hub_page_end[];

namespace hub {
namespace {

// What stands between the first <NAME> and </NAME>.
std::string_view content_of(std::string_view html, const std::string& name) {
  const std::string begin = "<" + name + ">";
  const auto start = html.find(begin);
  if (start == html.npos) return {};
  html.remove_prefix(start + begin.size());
  return html.substr(0, html.find("</" + name + ">"));
}

std::string source_hash(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  std::string out = "'sha256-";
  codec::append_base64(out, {reinterpret_cast<const char*>(digest.data()), digest.size()});
  return out + "'";
}

}  // namespace

std::string_view page_html() {
  return {hub_page_begin, static_cast<std::size_t>(hub_page_end - hub_page_begin)};
}

std::string page_policy(std::string_view html) {
  return "default-src 'none'; script-src " + source_hash(content_of(html, "script")) + "; style-src " +
         source_hash(content_of(html, "style")) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
         "require-trusted-types-for 'script'";
}

}  // namespace hub
