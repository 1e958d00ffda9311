#include "hello_bound.h"

#include <openssl/ssl3.h>

namespace epoll_reactor {

namespace {

constexpr uint32_t kHelloBytesMax = 16 * 1024;
constexpr size_t kRecordHeadBytes = 5;
constexpr size_t kHelloHeadBytes = 4;

}  // namespace

bool HelloBound::IsExceeded(std::span<const uint8_t> bytes) {
  if (hello_head_bytes_ == kHelloHeadBytes) return false;
  for (const uint8_t byte : bytes) {
    if (record_left_ == 0) {
      record_head_ = record_head_ << 8 | byte;
      if (++record_head_bytes_ % kRecordHeadBytes == 0) record_left_ = record_head_ & 0xffff;
      continue;
    }
    record_left_--;
    if ((record_head_ >> 32 & 0xff) != SSL3_RT_HANDSHAKE) continue;
    hello_head_ = hello_head_ << 8 | byte;
    if (++hello_head_bytes_ == kHelloHeadBytes) return (hello_head_ & 0xffffff) > kHelloBytesMax;
  }
  return false;
}

}  // namespace epoll_reactor
