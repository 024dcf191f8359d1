// The files compiled for one instruction set define no function that the linker could take for another file's: every
// weak function symbol carries the name of the file's architecture.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {

// The weak functions (nm's W: inline ones and templates) of each object in what nm prints.
std::map<std::string, std::set<std::string>> weak_symbols(std::istream& listing) {
  std::map<std::string, std::set<std::string>> found;
  std::string line, object;
  while (std::getline(listing, line)) {
    if (line.ends_with(".o:")) {
      object = line.substr(0, line.find('.'));
      continue;
    }
    std::istringstream words(line);
    std::string address, kind, name;
    words >> address >> kind >> name;
    if (kind == "W") found[object].insert(name);
  }
  return found;
}

// What is wrong with the objects, a line a symbol.
std::string shared_functions(const std::map<std::string, std::set<std::string>>& symbols) {
  std::string out;
  for (auto [object, architecture] : {std::pair{"tiles_avx2", "avx"}, {"tiles_avx512", "avx512"}}) {
    auto own = symbols.find(object);
    if (own == symbols.end()) continue;
    for (const std::string& name : own->second) {
      if (name.find(architecture) == std::string::npos) out += std::string(object) + ": " + name + "\n";
      for (const auto& [other, names] : symbols)
        if (other != object && names.contains(name)) out += std::string(object) + " and " + other + ": " + name + "\n";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("tensor/simd: a shared inline function is noticed") {
  std::istringstream listing(
      "tiles_avx2.cpp.o:\n0000 W run_avx\n0000 W max_of_float\n0000 T avx2_floats\n\n"
      "tiles_avx512.cpp.o:\n0000 W run_avx512bw\n0000 W add_avx2\n\nother.cpp.o:\n0000 W run_avx512bw\n");
  CHECK(shared_functions(weak_symbols(listing)) ==
        "tiles_avx2: max_of_float\ntiles_avx512: add_avx2\ntiles_avx512 and other: run_avx512bw\n");
}

TEST_CASE("tensor/simd: files of one instruction set share no function with others") {
  std::filesystem::path library = std::filesystem::path(GRADLOOM_BINARY_DIR) / "libgradloom_engine.a";
  std::filesystem::path listing =
      std::filesystem::temp_directory_path() / ("gradloom-nm-" + std::to_string(std::rand()));
  std::string command = "nm --defined-only '" + library.string() + "' > '" + listing.string() + "' 2> /dev/null";
  int status = std::filesystem::exists(library) ? std::system(command.c_str()) : -1;
  std::ifstream file(listing);
  auto symbols = weak_symbols(file);
  std::filesystem::remove(listing);
  if (status != 0) {
    MESSAGE("skipped: no static library, or no nm to read it with");
    return;
  }
  CHECK(symbols.size() > 2);
  CHECK(shared_functions(symbols) == "");
}
