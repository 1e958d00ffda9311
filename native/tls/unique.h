// Smart pointers to OpenSSL's objects.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace epoll_reactor {

template <auto Free>
struct FreeWith {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};

using UniqueBio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using UniqueX509 = std::unique_ptr<X509, FreeWith<X509_free>>;
using UniquePkey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using UniqueSsl = std::unique_ptr<SSL, FreeWith<SSL_free>>;

}  // namespace epoll_reactor
