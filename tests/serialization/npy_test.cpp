// .npy files that NumPy 1.24 wrote are read and written to the same bytes; every refusal to the letter.
#include "serialization/npy.h"

#include <doctest/doctest.h>

#include "serialization/file.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

std::string golden_path(const std::string& name) { return GRADLOOM_SOURCE_DIR "/tests/golden/npy/" + name; }

Tensor golden(const std::string& name) { return read_npy(golden_path(name)); }

std::string file_of(const std::string& header, std::size_t data_bytes = 0, char major = 1) {
  std::string length(major == 1 ? 2 : 4, '\0');
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<char>(header.size() >> (8 * i));
  return concat_text("\x93NUMPY", major, '\0', length, header, std::string(data_bytes, '\1'));
}

Tensor parse(const std::string& bytes) { return parse_npy(bytes_of(bytes), "x.npy"); }

std::string refused(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    return error.what();
  }
  return "(no error)";
}

std::string refused(const std::string& header, std::size_t data_bytes) { return refused(file_of(header, data_bytes)); }

}  // namespace

TEST_CASE("serialization/npy: files of NumPy in every dtype, order and version") {
  Tensor matrix = golden("f4.npy");
  CHECK(matrix.shape() == Shape{2, 3, 4});
  CHECK(matrix.values<float>()[23] == 11.5f);
  CHECK(golden("f4_fortran.npy").identical(matrix));
  CHECK(golden("f8_big.npy").text() == "float64 [3] {0.1, -inf, nan}");
  CHECK(golden("i4_big_fortran.npy").text() == "int32 [2, 3] {0, 1, 2, 3, 4, 5}");
  CHECK(golden("i8_scalar.npy").text() == "int64 [] {9007199254740993}");
  CHECK(golden("b1.npy").text() == "bool [2, 2] {true, false, false, true}");
  CHECK(golden("empty.npy").shape() == Shape{0, 5});
  CHECK(golden("rank32.npy").rank() == 32);
  CHECK(golden("version2.npy").text() == "int32 [3] {1, 2, 3}");
  CHECK(golden("version3.npy").text() == "int32 [3] {1, 2, 3}");
}

TEST_CASE("serialization/npy: what is written has the bytes of numpy.save") {
  for (const char* name : {"f4.npy", "i8_scalar.npy", "b1.npy", "empty.npy", "rank32.npy"}) {
    CAPTURE(name);
    CHECK(npy_bytes(golden(name)) == read_file(golden_path(name), 10'000));
  }
  ScratchFolder folder;
  write_npy(folder.path("x.npy"), Tensor::from<double>({1, 2}, {0.1, -0.0}));
  CHECK(read_npy(folder.path("x.npy")).identical(Tensor::from<double>({1, 2}, {0.1, -0.0})));
  CHECK(folder.names() == std::vector<std::string>{"x.npy"});
}

TEST_CASE("serialization/npy: the beginning") {
  CHECK(refused("") == "x.npy: the file begins with \"\", not with \"\\x93NUMPY\"");
  CHECK(refused("PK\x03\x04 zip") == "x.npy: the file begins with \"PK\\u0003\\u0004 z\", not with \"\\x93NUMPY\"");
  CHECK(refused("\x93NUMPY\x01") == "x.npy: 7 bytes, but the beginning of a .npy file takes at least 10");
  CHECK(refused(std::string("\x93NUMPY\2\0\0\0", 10)) ==
        "x.npy: 10 bytes, but the beginning of a .npy file of version 2.0 takes 12");
  CHECK(refused(file_of("{}", 0, 4)) == "x.npy: version 4.0; versions 1.0, 2.0 and 3.0 can be read");
  CHECK(refused(std::string("\x93NUMPY\1\1\0\0", 10)) == "x.npy: version 1.1; versions 1.0, 2.0 and 3.0 can be read");
  CHECK(refused(std::string("\x93NUMPY\1\0\xff\xff{}", 12)) ==
        "x.npy: a header of 65535 bytes, but only 2 follow its length");
  CHECK(refused(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{}", 14)) ==
        "x.npy: a header of 4294967295 bytes, more than the limit of 65535");
}

TEST_CASE("serialization/npy: the header") {
  CHECK(refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }  \n", 8) == "(no error)");
  CHECK(refused("{\"shape\":(2,),\"descr\":\"<f4\",\"fortran_order\":False}", 8) == "(no error)");
  CHECK(refused("", 8) == "x.npy: header: character 1: \"{\" was expected, not the end");
  CHECK(refused("{'descr': '<f4', 'shape': (2,)}", 8) == "x.npy: header: the key 'fortran_order' is missing");
  CHECK(refused("{'descr': '<f4', 'descr': '<f4'}", 8) == "x.npy: header: the key 'descr' occurs twice");
  CHECK(refused("{'name': '<f4'}", 8) ==
        "x.npy: header: character 2: 'descr', 'fortran_order' or 'shape' was expected, not \"'name': '<...\"");
  CHECK(refused("{'descr' '<f4'}", 8) == "x.npy: header: character 10: \":\" was expected, not \"'<f4'}\"");
  CHECK(refused("{'descr': '<f4' 'shape'}", 8) ==
        "x.npy: header: character 17: \",\" or \"}\" was expected, not \"'shape'}\"");
  CHECK(refused("{'descr': '<f4', 4}", 8) == "x.npy: header: character 18: a string was expected, not \"4}\"");
  CHECK(refused("{'descr: ", 8) == "x.npy: header: character 2: a string that ends was expected, not \"'descr: \"");
  CHECK(refused("{'descr': [('a', '<f4')]}", 8) ==
        "x.npy: header: character 11: a string was expected, not \"[('a', '<f...\"");
  CHECK(refused("{'fortran_order': 0}", 8) == "x.npy: header: character 19: True or False was expected, not \"0}\"");
  CHECK(refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8) ==
        "x.npy: header: character 57: the end was expected, not \"x\"");
  CHECK(refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n\n", 8) ==
        "x.npy: header: character 56: the end was expected, not \"\\u000a\\u000a\"");
}

TEST_CASE("serialization/npy: the shape") {
  auto shape = [](const std::string& text, std::size_t data_bytes = 8) {
    return refused("{'descr': '<f4', 'fortran_order': False, 'shape': " + text + "}", data_bytes);
  };
  CHECK(shape("()", 4) == "(no error)");
  CHECK(shape("(1, 2)") == "(no error)");
  CHECK(shape("(1,2,)") == "(no error)");
  CHECK(shape("2") == "x.npy: header: character 51: \"(\" was expected, not \"2}\"");
  CHECK(shape("(2)") == "x.npy: header: character 53: \",\" was expected, not \")}\"");
  CHECK(shape("(,)") == "x.npy: header: character 52: a size from 0 to 9223372036854775807 was expected, not \",)}\"");
  CHECK(shape("(2L,)") == "x.npy: header: character 53: \",\" or \")\" was expected, not \"L,)}\"");
  CHECK(shape("(2.0,)") == "x.npy: header: character 53: \",\" or \")\" was expected, not \".0,)}\"");
  CHECK(shape("(02,)") ==
        "x.npy: header: character 52: a size from 0 to 9223372036854775807 was expected, not \"02,)}\"");
  CHECK(shape("(2,") == "x.npy: header: character 54: a size from 0 to 9223372036854775807 was expected, not \"}\"");
  std::string many = "(1,";
  for (int i = 0; i < 64; ++i) many += "1,";
  CHECK(shape(many + ")") == "x.npy: header: more than 64 axes");
}

TEST_CASE("serialization/npy: sizes near the bounds of 32 and 64 bits (R9)") {
  auto shape = [](const std::string& text) {
    return refused("{'descr': '<f4', 'fortran_order': True, 'shape': (" + text + ",)}", 4);
  };
  CHECK(shape("1") == "(no error)");
  CHECK(shape("0") == "x.npy: '<f4' [0] takes 0 bytes, but 4 follow the header");
  CHECK(shape("2147483647") == "x.npy: '<f4' [2147483647] takes 8589934588 bytes, but 4 follow the header");
  CHECK(shape("2147483648") == "x.npy: '<f4' [2147483648] takes 8589934592 bytes, but 4 follow the header");
  CHECK(shape("4294967296") == "x.npy: '<f4' [4294967296] takes 17179869184 bytes, but 4 follow the header");
  for (const char* size :
       {"4611686018427387904", "9223372036854775807", "4294967296, 4294967296", "4611686018427387904, 0, 4"})
    CHECK(shape(size) == concat_text("x.npy: '<f4' [", size, "] has more bytes than a machine can address"));
  for (const char* size : {"-1", "-9223372036854775808", "9223372036854775808"})
    CHECK(shape(size) == concat_text("x.npy: header: character 51: a size from 0 to 9223372036854775807 was "
                                     "expected, not \"",
                                     std::string(size).substr(0, 10), size[2] ? "..." : ",)}", "\""));
}

TEST_CASE("serialization/npy: elements that no tensor holds, and bytes that are missing or too many") {
  auto descr = [](const std::string& text, std::size_t data_bytes = 4) {
    return refused("{'descr': '" + text + "', 'fortran_order': False, 'shape': ()}", data_bytes);
  };
  for (const char* text : {"<f2", "<u4", "|u1", "|S4", "|O", "<c8", "=f4", "f4", "", "<b1"})
    CHECK(descr(text) == concat_text("x.npy: elements of type '", text,
                                     "'; a tensor can hold '<f4', '<f8', '<i4', '<i8', the same with '>', and '|b1'"));
  CHECK(descr("<f4", 3) == "x.npy: '<f4' [] takes 4 bytes, but 3 follow the header");
  CHECK(descr(">f8", 9) == "x.npy: '>f8' [] takes 8 bytes, but 9 follow the header");
  std::string file = file_of("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", 2);
  CHECK(refused(file) == "(no error)");
  file.back() = '\xff';
  CHECK(refused(file) == "x.npy: element 1 is the byte 255, but a bool is 0 or 1");
  CHECK_THROWS_WITH_AS(read_npy(golden_path("f4.npy"), 95),
                       (golden_path("f4.npy") + ": 96 bytes of elements, more than the limit of 95").c_str(),
                       UserError);
}
