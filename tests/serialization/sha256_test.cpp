// SHA-256 against the vectors that NIST published (FIPS 180-2 appendix B, CAVS SHA256ShortMsg).
#include "serialization/sha256.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "serialization/file.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

TEST_CASE("serialization/sha256: the published vectors") {
  CHECK(sha256_of(bytes_of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of(bytes_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of(bytes_of(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256_of(bytes_of("\xd3")) == "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
}

TEST_CASE("serialization/sha256: lengths around the padding, as Python's hashlib has them") {
  CHECK(sha256_of(bytes_of(std::string(55, '\0'))) ==
        "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
  CHECK(sha256_of(bytes_of(std::string(56, '\0'))) ==
        "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
  CHECK(sha256_of(bytes_of(std::string(57, '\0'))) ==
        "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785");
  CHECK(sha256_of(bytes_of(std::string(63, '\0'))) ==
        "c7723fa1e0127975e49e62e753db53924c1bd84b8ac1ac08df78d09270f3d971");
  CHECK(sha256_of(bytes_of(std::string(64, '\0'))) ==
        "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
  CHECK(sha256_of(bytes_of(std::string(119, '\0'))) ==
        "f616b0d54e78571a9611f343c9f8e022e859e920381ab0e4d3da01e193a7bd7e");
  CHECK(sha256_of(bytes_of(std::string(120, '\0'))) ==
        "6edd9f6f9cc92cded36e6c4a580933f9c9f1b90562b46903b806f21902a1a54f");
}

TEST_CASE("serialization/sha256: however the bytes are cut, the hash is the same") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    std::string_view whole = std::string_view(text).substr(0, size);
    Sha256 pieces;
    for (std::size_t at = 0, step = 1; at < size; at += step, step = step % 67 + 3)
      pieces.add(bytes_of(whole.substr(at, step)));
    CHECK(pieces.finish() == sha256_of(bytes_of(whole)));
  }
}

TEST_CASE("serialization/sha256: a file") {
  ScratchFolder folder;
  write_file(folder.path("a"), std::string(3'000'000, 'a'));
  CHECK(sha256_of_file(folder.path("a")) == sha256_of(bytes_of(std::string(3'000'000, 'a'))));
  CHECK_THROWS_WITH_AS(sha256_of_file(folder.path("b")),
                       ("cannot read " + folder.path("b") + ": No such file or directory").c_str(), UserError);
}
