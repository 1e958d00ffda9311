// Bounds the ClientHello. A browser sends 2 KiB. OpenSSL accepts 128 KiB, and allocates memory for the whole message
// when it has the header: 160 KiB for a client that sends 9 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace epoll_reactor {

class HelloBound {
 public:
  // Reads the next bytes of the stream, until the header of the ClientHello is complete. True: its message is too long.
  // The header may be split over several records, and follow a ChangeCipherSpec.
  bool IsExceeded(std::span<const uint8_t> bytes);
  // The server asks for a second ClientHello (RFC 8446 §4.1.4). The first one has ended with its record.
  void Restart() { *this = {}; }

 private:
  // Bytes that the current record still lacks.
  size_t record_left_ = 0;
  // The headers of that record and of the ClientHello, and how many of their bytes have come.
  uint64_t record_head_ = 0;
  uint32_t hello_head_ = 0;
  size_t record_head_bytes_ = 0;
  size_t hello_head_bytes_ = 0;
};

}  // namespace epoll_reactor
