// What a compiler may call without being told to.
#include <cstddef>

extern "C" {

[[gnu::visibility("hidden")]] void* memcpy(void* to, const void* from, std::size_t size) {
  void* const result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return result;
}

[[gnu::visibility("hidden")]] void* memset(void* to, int byte, std::size_t size) {
  void* const result = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
  return result;
}

}  // extern "C"
